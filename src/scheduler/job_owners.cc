// What an owner's API key allows: jobs at once, jobs in line.
#include <limits>

#include <fmt/format.h>

#include "scheduler/job_manager.h"
#include "scheduler/ordinal.h"

namespace transcribed::scheduler {
namespace {

void change_count(std::map<std::string, int>& counts, const std::string& owner, int change) {
  if (owner.empty()) return;
  const auto at = counts.try_emplace(owner, 0).first;
  at->second += change;
  if (at->second <= 0) counts.erase(at);
}

int count_of(const std::map<std::string, int>& counts, const std::string& owner) {
  const auto at = counts.find(owner);
  return at == counts.end() ? 0 : at->second;
}

}  // namespace

core::KeyLimits JobManager::limits_of(const std::string& owner) const {
  if (owner.empty() || !options_.limits_of) return {};
  return options_.limits_of(owner);
}

void JobManager::count_queued(const std::string& owner, int change) {
  queued_ += change;
  change_count(queued_of_, owner, change);
}

void JobManager::count_running(const std::string& owner, int change) {
  if (owner.empty()) return;
  change_count(running_of_, owner, change);
  if (change > 0) return;
  // The limit may have changed meanwhile, or the key be gone.
  const core::KeyLimits limits = limits_of(owner);
  const int free = limits.max_running ? *limits.max_running - count_of(running_of_, owner)
                                      : std::numeric_limits<int>::max();
  if (free > 0) queue_.release(owner, static_cast<std::size_t>(free));
}

void JobManager::hold_back() {
  while (const JobQueue::Entry* head = queue_.head()) {
    const core::KeyLimits limits = limits_of(head->job.owner);
    if (!limits.max_running || count_of(running_of_, head->job.owner) < *limits.max_running) return;
    queue_.hold(head->job.id);
  }
}

std::optional<Refusal> JobManager::too_many_queued(const std::string& owner) const {
  const core::KeyLimits limits = limits_of(owner);
  if (!limits.max_queued || count_of(queued_of_, owner) < *limits.max_queued) return std::nullopt;
  return Refusal{
      Refusal::Why::too_many_queued,
      fmt::format("the API key '{}' may have {} jobs in line and has as many: wait until "
                  "some have started, or cancel some",
                  owner, *limits.max_queued)};
}

core::Reason JobManager::reason_held(const core::Job& job) const {
  const int running = count_of(running_of_, job.owner);
  return {"key_limit",
          fmt::format("the API key '{}' runs {} job{} at once, which is all it may; {} "
                      "in its line",
                      job.owner, running, running == 1 ? "" : "s",
                      ordinal(*queue_.position(job.id) + 1))};
}

}  // namespace transcribed::scheduler
