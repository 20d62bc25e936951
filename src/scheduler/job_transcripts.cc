// What the outside asks of the JobManager about transcripts: reading, correcting, taking back.
#include <utility>

#include <fmt/format.h>

#include "scheduler/job_manager.h"
#include "scheduler/refusals.h"

namespace transcribed::scheduler {

using Why = Refusal::Why;

void JobManager::transcript(core::JobId id, Answer<core::Transcript> answer) {
  if (const auto at = running_.find(id); at != running_.end()) {
    return answer_later<core::Transcript>(std::move(answer), at->second.heard);
  }
  store_.read(id, [this, id, answer = std::move(answer)](std::optional<core::Job> job) mutable {
    if (!job) return answer(no_such_job(id));
    if (job->state != core::JobState::completed) {
      std::string message = fmt::format("job {} is {}: it has no transcript", id.to_string(),
                                        core::to_string(job->state));
      if (job->state == core::JobState::queued || job->state == core::JobState::running)
        message += " yet";
      if (job->failure) message += " (" + job->failure->message + ")";
      return answer(refused(Why::wrong_state, std::move(message)));
    }
    store_.read_transcript(id,
                           [id, answer = std::move(answer)](std::optional<core::Transcript> found) {
                             if (!found) return answer(no_such_job(id));
                             answer(std::move(*found));
                           });
  });
}

void JobManager::tell_why_not_changed(core::JobId id, ports::WriteResult result,
                                      std::function<void(Refusal)> tell) {
  if (ports::failed_to_write(result)) return tell(not_written(result).value());
  if (result == ports::WriteResult::outdated) {
    return tell({Why::outdated,
                 fmt::format("the transcript of job {} has been changed since: fetch it again and "
                             "make the correction in that",
                             id.to_string())});
  }
  // What has no transcript says so itself.
  transcript(id, [id, tell = std::move(tell)](const auto& now) {
    if (!now) return tell(now.error());
    tell({Why::wrong_state,
          fmt::format("job {} is not completed: only a finished transcript can be changed",
                      id.to_string())});
  });
}

void JobManager::edit_transcript(core::JobId id, core::Transcript transcript,
                                 std::optional<std::int64_t> replaces,
                                 Answer<std::int64_t> answer) {
  if (!started_) {
    return answer(refused(Why::draining, "the server is starting: try again in a second"));
  }
  // Ids are never given twice, and so a restored and again corrected transcript has no revision of
  // before.
  const auto revision = static_cast<std::int64_t>(new_id().value);
  transcript.revision = revision;
  store_.edit_transcript(
      id, std::move(transcript), replaces,
      [this, id, revision, answer = std::move(answer)](ports::WriteResult result) mutable {
        if (result == ports::WriteResult::ok) return answer(revision);
        tell_why_not_changed(id, result, [answer = std::move(answer)](Refusal why) {
          answer(tl::make_unexpected(std::move(why)));
        });
      });
}

void JobManager::restore_transcript(core::JobId id, Answer<core::Transcript> answer) {
  store_.restore_transcript(
      id, [this, id, answer = std::move(answer)](ports::WriteResult result) mutable {
        if (result == ports::WriteResult::ok) return transcript(id, std::move(answer));
        tell_why_not_changed(id, result, [answer = std::move(answer)](Refusal why) {
          answer(tl::make_unexpected(std::move(why)));
        });
      });
}

}  // namespace transcribed::scheduler
