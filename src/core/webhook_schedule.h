// When a webhook is tried again: the schedule that Standard Webhooks suggests, ten attempts over
// three days. Pure; its state is the number of attempts, which is on disk, so a restart changes
// nothing.
#pragma once

#include <optional>

#include "core/time.h"

namespace transcribed::core {

// The first attempt, at once, and one after each pause of the schedule.
inline constexpr int max_webhook_attempts = 10;

// How an attempt ended.
struct WebhookAnswer {
  std::optional<int> status;                // nothing: there was no answer
  std::optional<Milliseconds> retry_after;  // what the answer asked for
};

struct WebhookNext {
  enum class What {
    delivered,  // 2xx
    again,      // after `wait`
    unwanted,   // 410: the receiver wants no more of this
    given_up,   // that was the last attempt
  } what = What::again;
  Milliseconds wait{0};
  bool operator==(const WebhookNext&) const = default;
};

// `attempts`: how many were made, the one that ended so included. `jitter` from 0 to 1 lengthens
// the pause by up to a fifth, so that what failed together does not come back together. A longer
// Retry-After is respected, up to a day.
WebhookNext after_webhook_attempt(int attempts, const WebhookAnswer& answer, double jitter);

}  // namespace transcribed::core
