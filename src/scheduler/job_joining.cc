// A submission that asks for what another job does already gets that job: a client that lost its
// connection and sends the recording again does not pay twice, nor wait twice.
#include <utility>

#include "scheduler/job_manager.h"

namespace transcribed::scheduler {

void JobManager::join_or_insert(core::Job job, Answer<JobView> answer) {
  const std::string fingerprint = job.fingerprint;
  const auto [at, is_first] = joining_.try_emplace(fingerprint);
  if (!is_first) {
    // Decided on once the one before it is on disk.
    at->second.push_back([this, job = std::move(job), answer = std::move(answer)]() mutable {
      join_or_insert(std::move(job), std::move(answer));
    });
    return;
  }
  Answer<JobView> answer_and_go_on =
      [this, fingerprint, answer = std::move(answer)](tl::expected<JobView, Refusal> view) {
        auto waiting = joining_.extract(fingerprint);
        answer(std::move(view));
        for (std::function<void()>& next : waiting.mapped()) next();
      };
  store_.find_same(
      fingerprint, clock_.wall_now() - options_.same_for,
      [this, job = std::move(job),
       answer = std::move(answer_and_go_on)](std::optional<core::Job> found) mutable {
        // A model that is gone from the configuration will give nobody a transcript.
        if (found && (found->state == core::JobState::completed || !why_aside(*found))) {
          return join(*found, job.interactive, std::move(answer));
        }
        insert(std::move(job), std::move(answer));
      });
}

void JobManager::join(const core::Job& found, bool interactive, Answer<JobView> answer) {
  const core::JobId id = found.id;
  Answer<JobView> joined = [answer = std::move(answer)](tl::expected<JobView, Refusal> view) {
    if (view) view->joined = true;
    answer(std::move(view));
  };
  if (!interactive || found.interactive || found.state != core::JobState::queued) {
    return view(id, std::move(joined));
  }
  // Somebody waits for it now, so it goes to where such a job would be.
  const int priority = found.queue.priority;
  const core::QueueKey place{priority, places_.next({found.owner, true, priority}), id};
  store_.move(id, place,
              [this, id, place, joined = std::move(joined)](ports::WriteResult result) mutable {
                if (result == ports::WriteResult::ok) return moved(id, place, told(std::move(joined)));
                view(id, std::move(joined));  // it has started, or waits where it was
              });
}

}  // namespace transcribed::scheduler
