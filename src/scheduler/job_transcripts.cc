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

// Answers with the transcript as it is now, or why it could not be changed.
ports::Done JobManager::transcript_written(core::JobId id, Answer<core::Transcript> answer) {
  return [this, id, answer = std::move(answer)](ports::WriteResult result) mutable {
    if (ports::failed_to_write(result)) return answer(not_written(result));
    // What has no transcript says so itself.
    transcript(id, [id, result, answer = std::move(answer)](auto now) {
      if (now && result != ports::WriteResult::ok) {
        return answer(refused(Why::wrong_state,
                              fmt::format("job {} is not completed: only a finished transcript can "
                                          "be changed",
                                          id.to_string())));
      }
      answer(std::move(now));
    });
  };
}

void JobManager::edit_transcript(core::JobId id, core::Transcript transcript,
                                 Answer<core::Transcript> answer) {
  store_.edit_transcript(id, std::move(transcript), transcript_written(id, std::move(answer)));
}

void JobManager::restore_transcript(core::JobId id, Answer<core::Transcript> answer) {
  store_.restore_transcript(id, transcript_written(id, std::move(answer)));
}

}  // namespace transcribed::scheduler
