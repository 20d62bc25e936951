#include "http/http_counts.h"

#include <algorithm>

namespace transcribed::http {
namespace {

// From what is answered out of memory to an upload, or a client that waits for its transcript.
constexpr std::array seconds_bounds{0.0005, 0.001, 0.005, 0.01, 0.05,  0.1,
                                    0.5,    1.0,   5.0,   30.0, 120.0, 600.0};

}  // namespace

HttpCounts::OfRoute::OfRoute() : seconds(seconds_bounds) {}

void HttpCounts::answered(const Router& router, const Route* route, Method method, int status,
                          std::chrono::steady_clock::duration took) {
  const std::size_t index =
      route == nullptr ? 0 : static_cast<std::size_t>(route - router.routes().data()) + 1;
  if (by_route_.size() <= index) by_route_.resize(router.routes().size() + 1);
  OfRoute& here = by_route_[index];
  const auto status_class = static_cast<std::size_t>(std::clamp(status / 100, 0, 5));
  ++here.requests[static_cast<std::size_t>(method)][status_class];
  if (route != nullptr && status_class > 0)
    here.seconds.observe(std::chrono::duration<double>(took).count());
}

}  // namespace transcribed::http
