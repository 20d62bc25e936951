#include "core/webhook_schedule.h"

#include <algorithm>
#include <array>

namespace transcribed::core {
namespace {

using namespace std::chrono_literals;

constexpr std::array<Milliseconds, max_webhook_attempts - 1> pauses{5s,  5min, 30min, 2h, 5h,
                                                                    10h, 14h,  20h,   24h};
// A receiver that asks for more has made a mistake, or wants to be remembered for ever.
constexpr Milliseconds longest_wait = 24h;
constexpr double most_jitter = 0.2;

Milliseconds pause_after(int attempts, double jitter) {
  const Milliseconds pause = pauses[static_cast<std::size_t>(std::max(attempts, 1)) - 1];
  const double longer = 1 + most_jitter * std::clamp(jitter, 0.0, 1.0);
  return Milliseconds(static_cast<Milliseconds::rep>(static_cast<double>(pause.count()) * longer));
}

}  // namespace

WebhookNext after_webhook_attempt(int attempts, const WebhookAnswer& answer, double jitter) {
  using What = WebhookNext::What;
  const int status = answer.status.value_or(0);
  if (status >= 200 && status < 300) return {What::delivered};
  if (status == 410) return {What::unwanted};
  if (attempts >= max_webhook_attempts) return {What::given_up};
  const Milliseconds asked = std::min(answer.retry_after.value_or(0ms), longest_wait);
  return {What::again, std::max(pause_after(attempts, jitter), asked)};
}

}  // namespace transcribed::core
