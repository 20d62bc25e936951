// Getting into line, what the line waits for, and what a job has waited for when it starts.
#include <algorithm>
#include <chrono>
#include <utility>

#include "scheduler/job_manager.h"

namespace transcribed::scheduler {

void JobManager::enqueue(core::Job job, JobQueue::Arming arming) {
  job.state = core::JobState::queued;
  core::InLine in_line{.since = clock_.wall_now(), .before = line_waits_.totals(clock_.now())};
  queue_.add(std::move(job), arming, in_line);
}

void JobManager::read_on() {
  if (!started_ || draining_ || !queue_.wants_read()) return;
  store_.read_queue(
      queue_.begin_read(), JobQueue::read_at_once, [this](std::vector<core::Job> jobs) {
        // What is in memory already, in another stage of its life, was read a moment
        // too early.
        std::erase_if(jobs, [this](const core::Job& job) {
          return running_.contains(job.id) || settling_.contains(job.id);
        });
        queue_.add_read(std::move(jobs), JobQueue::read_at_once, line_waits_.totals(clock_.now()));
        scheduler_loop();
      });
}

void JobManager::head_waits(std::optional<core::Reason> reason) {
  line_waits_.head_waits_for(reason ? core::line_wait_of(*reason) : std::nullopt, clock_.now());
  head_reason_ = std::move(reason);
}

Waited JobManager::waited(const core::InLine& in_line) const {
  Waited out;
  if (in_line.since) {
    const auto since = std::chrono::duration<double>(clock_.wall_now() - *in_line.since).count();
    out.in_line_s = std::max(0.0, since);
  }
  out.for_what = line_waits_.totals(clock_.now());
  for (std::size_t i = 0; i < out.for_what.size(); ++i) out.for_what[i] -= in_line.before[i];
  return out;
}

}  // namespace transcribed::scheduler
