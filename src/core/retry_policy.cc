#include "core/retry_policy.h"

#include <algorithm>
#include <utility>

namespace transcribed::core {
namespace {

bool lost_with_daemon(const LostAttempt& lost) {
  return lost.failure.kind == FailureKind::daemon_lost;
}

bool ran_out_of_memory(const LostAttempt& lost) {
  return lost.failure.kind == FailureKind::out_of_memory;
}

template <typename Is>
int count(std::span<const LostAttempt> lost, Is is) {
  return static_cast<int>(std::ranges::count_if(lost, is));
}

// The GPUs on which the job ran out of memory, in that order.
std::vector<int> too_small(std::span<const LostAttempt> lost) {
  std::vector<int> gpus;
  for (const LostAttempt& one : lost) {
    if (ran_out_of_memory(one) && one.gpu_id) gpus.push_back(*one.gpu_id);
  }
  return gpus;
}

bool contains(std::span<const int> ids, int id) { return std::ranges::find(ids, id) != ids.end(); }

bool another_is_able(std::span<const int> able, std::span<const int> tried) {
  return std::ranges::any_of(able, [&](int id) { return !contains(tried, id); });
}

}  // namespace

RetryDecision after_lost_attempt(std::span<const LostAttempt> lost, std::span<const int> able) {
  const int with_daemon = count(lost, lost_with_daemon);
  const int with_engine = static_cast<int>(lost.size()) - with_daemon;
  const bool tried_alone = count(lost, ran_out_of_memory) >= 2 && ran_out_of_memory(lost.back());
  const bool ladder_ends = tried_alone && !another_is_able(able, too_small(lost));
  if (with_engine < max_engine_losses && with_daemon < max_daemon_losses && !ladder_ends)
    return {.retry = true, .failure = {}};

  std::string message = "gave up after " + std::to_string(lost.size()) + " lost attempts:";
  for (const LostAttempt& one : lost) {
    message += " attempt " + std::to_string(one.attempt) + ": " + one.failure.message + ";";
  }
  message.pop_back();
  if (ladder_ends && with_engine < max_engine_losses) {
    message += "; there is no other GPU that could hold it";
  }
  return {.retry = false, .failure = {lost.back().failure.kind, std::move(message)}};
}

AttemptTerms next_terms(std::span<const LostAttempt> lost, std::span<const int> able) {
  const int with_daemon = count(lost, lost_with_daemon);
  const int out_of_memory = count(lost, ran_out_of_memory);
  const int crashed = static_cast<int>(lost.size()) - with_daemon - out_of_memory;
  AttemptTerms terms;
  terms.alone = with_daemon >= daemon_losses_before_alone ||
                crashed >= engine_losses_before_alone || out_of_memory > 0;
  const std::vector<int> tried = too_small(lost);
  if (out_of_memory == 1 && !tried.empty() && contains(able, tried.front())) {
    terms.only_gpu = tried.front();
  } else if (out_of_memory > 0 && another_is_able(able, tried)) {
    terms.not_on = tried;
  }
  return terms;
}

}  // namespace transcribed::core
