// What the JobManager tells of what happens.
#include <utility>

#include <boost/json/object.hpp>

#include "scheduler/job_manager.h"
#include "scheduler/resource_json.h"
#include "wire/job_json.h"
#include "wire/json_text.h"
#include "wire/transcript_json.h"

namespace transcribed::scheduler {
namespace {

namespace json = boost::json;

// Four times a second moves a bar smoothly enough.
constexpr std::chrono::milliseconds between_progress{250};
constexpr std::chrono::seconds between_resources{1};

json::value or_null(std::optional<double> number) {
  return number ? json::value(*number) : json::value(nullptr);
}

}  // namespace

void JobManager::tell(const JobView& view) {
  if (!events_.is_wanted()) return;
  events_.publish(EventType::job, view.job.id,
                  wire::to_text(wire::to_json(view.job, view.progress, view.reason, view.eta_s)),
                  core::has_ended(view.job.state));
}

void JobManager::tell_in_memory(core::JobId id) {
  if (!events_.is_wanted()) return;
  if (const auto view = view_in_memory(id)) tell(*view);
}

void JobManager::tell_queued(const core::Job& job) {
  if (!events_.is_wanted()) return;
  const auto view = view_in_memory(job.id);
  tell(view ? *view : view_stored(job));
}

void JobManager::schedule_and_tell(const core::Job& job) {
  untold_ = job.id;
  scheduler_loop();
  if (untold_) tell_queued(job);
  untold_.reset();
}

void JobManager::tell_before_start(const core::Job& job) {
  if (untold_ != job.id) return;
  untold_.reset();
  if (events_.is_wanted()) tell({job, 0, core::Reason{"starting", "next to start"}});
}

Answer<JobView> JobManager::told(Answer<JobView> answer) {
  return [this, answer = std::move(answer)](tl::expected<JobView, Refusal> view) {
    if (view) tell(*view);
    answer(std::move(view));
  };
}

void JobManager::tell_started(core::JobId id) {
  // A warm worker has been told of the job by now, so that one event says it all.
  if (const auto at = running_.find(id); at != running_.end()) at->second.told = true;
  tell_in_memory(id);
}

void JobManager::tell_progress(core::JobId id) {
  Running& one = running_.at(id);
  if (one.progress_due || !events_.is_wanted()) return;
  const core::SteadyTime now = clock_.now();
  if (const auto due = one.progress_told_at + between_progress; now < due) {
    one.progress_due = clock_.wake_at(due, [this, id] {
      const auto alarm = std::move(running_.at(id).progress_due);
      tell_progress(id);
    });
    return;
  }
  one.progress_told_at = now;
  json::object event;
  event["id"] = id.to_string();
  event["progress"] = one.progress;
  event["done_s"] = one.done_s;
  event["total_s"] = one.total_s;
  event["eta_s"] = or_null(one.pace.left_s(now));
  events_.publish(EventType::progress, id, wire::to_text(event));
}

void JobManager::tell_segment(core::JobId id, const core::Segment& segment) {
  if (!events_.is_wanted()) return;
  json::object event;
  event["id"] = id.to_string();
  event["segment"] = wire::to_json(segment);
  events_.publish(EventType::segment, id, wire::to_text(event));
}

void JobManager::tell_end(const Settling& settling) {
  if (!events_.is_wanted()) return;
  const ports::JobEnd& end = settling.end;
  // A command tells them with its end.
  if (end.transcript && !settling.segments_told) {
    for (const core::Segment& segment : end.transcript->segments) {
      tell_segment(settling.job.id, segment);
    }
  }
  tell(view_stored(ended_job(settling)));
}

core::Job JobManager::ended_job(const Settling& settling) {
  const ports::JobEnd& end = settling.end;
  core::Job job = settling.job;
  job.state = end.state;
  job.ended_at = end.ended_at;
  job.failure = end.failure;
  job.lost = end.lost;
  // As the store keeps it: only a transcript tells how long the recording is.
  if (!end.transcript || end.transcript->duration_s <= 0) job.audio_seconds.reset();
  return job;
}

void JobManager::tell_removed(core::JobId id) {
  if (!events_.is_wanted()) return;
  json::object event;
  event["id"] = id.to_string();
  events_.publish(EventType::removed, id, wire::to_text(event), true);
}

void JobManager::tell_resources() {
  const auto alarm = std::move(resources_due_);
  if (!events_.has_subscribers()) return;
  if (std::string now = resources_json(status()); now != told_resources_) {
    told_resources_ = now;
    if (events_.is_wanted()) events_.publish(EventType::resources, std::nullopt, std::move(now));
  }
  resources_due_ = clock_.wake_at(clock_.now() + between_resources, [this] { tell_resources(); });
}

std::optional<JobSnapshot> JobManager::snapshot_in_memory(core::JobId id) const {
  auto view = view_in_memory(id);
  if (!view) return std::nullopt;
  JobSnapshot snapshot{std::move(*view), {}, events_.latest()};
  if (const auto at = running_.find(id); at != running_.end()) {
    snapshot.segments = at->second.heard.segments;
  } else if (const auto ended = settling_.find(id); ended != settling_.end()) {
    // Those not told yet come with its end.
    if (ended->second.segments_told) snapshot.segments = ended->second.end.transcript->segments;
  }
  return snapshot;
}

void JobManager::count_heard(Running& running, double done_s) {
  if (!(done_s > running.heard_s)) return;
  audio_heard_s_ += done_s - running.heard_s;
  running.heard_s = done_s;
}

void JobManager::snapshot(core::JobId id, Answer<JobSnapshot> answer) {
  if (auto now = snapshot_in_memory(id))
    return answer_later<JobSnapshot>(std::move(answer), std::move(*now));
  const std::uint64_t place = events_.latest();
  store_.read(
      id, [this, id, place, answer = std::move(answer)](std::optional<core::Job> job) mutable {
        if (!job) return answer(no_such_job(id));
        if (auto now = snapshot_in_memory(id)) return answer(std::move(*now));
        // What was read may be from before what has been told meanwhile.
        if (events_.told_after(place, id)) return snapshot(id, std::move(answer));
        JobSnapshot stored{view_stored(std::move(*job)), {}, place};
        if (stored.view.job.state != core::JobState::completed) return answer(std::move(stored));
        store_.read_transcript(id, [id, stored = std::move(stored), answer = std::move(answer)](
                                       std::optional<core::Transcript> heard) mutable {
          if (!heard) return answer(no_such_job(id));
          stored.segments = std::move(heard->segments);
          answer(std::move(stored));
        });
      });
}

}  // namespace transcribed::scheduler
