#include "core/retry_policy.h"

#include <algorithm>

namespace transcribed::core {
namespace {

bool lost_with_daemon(const LostAttempt& lost) {
  return lost.failure.kind == FailureKind::daemon_lost;
}

int daemon_losses(std::span<const LostAttempt> lost) {
  return static_cast<int>(std::ranges::count_if(lost, lost_with_daemon));
}

}  // namespace

RetryDecision after_lost_attempt(std::span<const LostAttempt> lost) {
  const int with_daemon = daemon_losses(lost);
  const int with_engine = static_cast<int>(lost.size()) - with_daemon;
  if (with_engine < max_engine_losses && with_daemon < max_daemon_losses)
    return {.retry = true, .failure = {}};

  std::string message = "gave up after " + std::to_string(lost.size()) + " lost attempts:";
  for (const LostAttempt& one : lost) {
    message += " attempt " + std::to_string(one.attempt) + ": " + one.failure.message + ";";
  }
  message.pop_back();
  return {.retry = false, .failure = {lost.back().failure.kind, std::move(message)}};
}

bool runs_alone(std::span<const LostAttempt> lost) {
  return daemon_losses(lost) >= daemon_losses_before_alone;
}

}  // namespace transcribed::core
