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
  store_.find_same(fingerprint, clock_.wall_now() - options_.same_for,
                   [this, job = std::move(job),
                    answer = std::move(answer_and_go_on)](std::optional<core::Job> found) mutable {
                     if (found && will_have_transcript(*found)) {
                       return join(*found, std::move(job), std::move(answer));
                     }
                     insert_within_limits(std::move(job), std::move(answer));
                   });
}

bool JobManager::will_have_transcript(const core::Job& found) const {
  if (found.state == core::JobState::completed) return true;
  // A model that is gone from the configuration will give nobody a transcript.
  if (why_aside(found) || being_cancelled_.contains(found.id)) return false;
  if (const auto at = running_.find(found.id); at != running_.end()) {
    return !at->second.cancel_asked;
  }
  if (const auto at = settling_.find(found.id); at != settling_.end()) {
    return at->second.requeue || at->second.end.state == core::JobState::completed;
  }
  return true;
}

void JobManager::insert_within_limits(core::Job job, Answer<JobView> answer) {
  if (auto refusal = too_many_queued(job.owner)) return answer(tl::unexpected(std::move(*refusal)));
  insert(std::move(job), std::move(answer));
}

void JobManager::join(const core::Job& found, core::Job job, Answer<JobView> answer) {
  const core::JobId id = found.id;
  const bool interactive = job.interactive;
  Answer<JobView> joined = [this, job = std::move(job), answer = std::move(answer)](
                               tl::expected<JobView, Refusal> view) mutable {
    const bool serves = view && view->job.state != core::JobState::failed &&
                        view->job.state != core::JobState::cancelled;
    // It ended, or was deleted, while it was looked at.
    if (!serves) return insert_within_limits(std::move(job), std::move(answer));
    view->joined = true;
    answer(std::move(view));
  };
  if (!interactive && found.interactive) {
    if (JobQueue::Entry* entry = queue_.find(id)) entry->job.interactive = false;
    if (const auto at = running_.find(id); at != running_.end()) {
      at->second.job.interactive = false;
    }
    store_.keep(id, [this, id, joined = std::move(joined)](ports::WriteResult) mutable {
      view(id, std::move(joined));
    });
    return;
  }
  // Somebody waits for it now, so it goes to where such a job would be, unless that is further
  // back.
  const int priority = found.queue.priority;
  const core::QueueKey place{priority, places_.next({found.owner, true, priority}), id};
  const bool waits = found.state == core::JobState::queued;
  if (!interactive || found.interactive || !waits || found.queue < place) {
    return view(id, std::move(joined));
  }
  store_.move(id, place,
              [this, id, place, joined = std::move(joined)](ports::WriteResult result) mutable {
                if (result == ports::WriteResult::ok) {
                  return moved(id, place, told(std::move(joined)));
                }
                view(id, std::move(joined));  // it has started, or waits where it was
              });
}

}  // namespace transcribed::scheduler
