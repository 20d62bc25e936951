// Requests, in numbers for /metrics. By route pattern and not by path, so that there are never more
// series than routes. Loop thread; a copy may go elsewhere.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <vector>

#include "http/exchange.h"
#include "http/histogram.h"
#include "http/router.h"

namespace transcribed::http {

class HttpCounts {
 public:
  static constexpr std::size_t methods = 8;  // of Method
  // 1xx to 5xx; 0 is a client that went away before there was an answer.
  static constexpr std::size_t classes = 6;

  struct OfRoute {
    OfRoute();
    std::array<std::array<std::uint64_t, classes>, methods> requests{};
    Histogram seconds;  // of requests with a route that were answered
  };

  // `route`: one of `router`; null: the request matched none, or was none. `status` 0: see classes.
  // `took`: from the first byte of the request until its answer began.
  void answered(const Router& router, const Route* route, Method method, int status,
                std::chrono::steady_clock::duration took);
  void received(std::size_t body_bytes) { body_bytes_ += body_bytes; }

  // By the router's routes(), one later; the first is of requests without a route. May be shorter
  // than the router has routes.
  const std::vector<OfRoute>& by_route() const { return by_route_; }
  std::uint64_t body_bytes() const { return body_bytes_; }

 private:
  std::vector<OfRoute> by_route_;
  std::uint64_t body_bytes_ = 0;
};

}  // namespace transcribed::http
