// A job and its life: queued -> running -> completed | failed | cancelled, with running -> queued
// when an attempt is lost and failed | cancelled -> queued by retry.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/failure.h"
#include "core/job_id.h"
#include "core/time.h"

namespace transcribed::core {

enum class JobState { queued, running, completed, failed, cancelled };

// The word used in the API ("queued").
std::string_view to_string(JobState state);
std::optional<JobState> parse_job_state(std::string_view word);
bool has_ended(JobState state);

// What the submitter asks of the engine. Empty and absent mean: the engine's own default.
struct TranscribeOptions {
  std::string language;  // ISO 639-1; empty: detect
  std::string task;      // "transcribe" (or empty) or "translate"
  std::string initial_prompt;
  std::optional<double> temperature;
  std::optional<int> beam_size;
  bool word_timestamps = false;
  std::optional<double> max_seconds;  // hear no more than this much of the beginning

  bool operator==(const TranscribeOptions&) const = default;
};

// Where the recording is.
struct Audio {
  std::string path;    // absolute
  bool owned = false;  // an upload inside the data folder: deleted with the job

  bool operator==(const Audio&) const = default;
};

// One try that ended without a verdict on the recording.
struct LostAttempt {
  int attempt = 0;  // from 1
  Failure failure;
  std::optional<int> gpu_id = {};  // where it ran; nothing: lost before this was kept

  bool operator==(const LostAttempt&) const = default;
};

// A job's place: higher priority first, then the smaller position (core/fair_share.h), then the
// older job.
struct QueueKey {
  int priority = 0;
  std::uint64_t position = 0;
  JobId id = {};

  bool operator==(const QueueKey&) const = default;
  // "Less" is "earlier in the queue".
  std::strong_ordering operator<=>(const QueueKey& other) const {
    if (auto by_priority = other.priority <=> priority; by_priority != 0) return by_priority;
    if (auto by_position = position <=> other.position; by_position != 0) return by_position;
    return id <=> other.id;
  }
};

struct Job {
  JobId id;
  JobState state = JobState::queued;
  QueueKey queue;
  std::string model;         // what the user named
  std::string name;          // the recording's file name, for people
  std::string owner;         // the name of the API key that submitted it; empty: none was needed
  bool interactive = false;  // somebody waits for the answer (core/fair_share.h)
  Audio audio;             // without a path: still to be fetched from source_url
  std::string source_url;  // where the recording was to be fetched from; empty: it was brought
  std::string callback_url;  // whom to tell of the job's end; empty: nobody but the config's
  TranscribeOptions options;
  WallTime created_at{};
  std::optional<WallTime> started_at;  // of the latest attempt
  std::optional<WallTime> ended_at;
  int attempt = 0;            // attempts begun, ever (a retry goes on counting); 0: none yet
  std::optional<int> gpu_id;  // of the latest attempt
  std::optional<double> audio_seconds;
  std::string language;  // as the engine reported it
  // SHA-256, in hex, of the recording's content, the model and the options: two jobs that have the
  // same one give the same transcript. Empty: not known.
  std::string fingerprint;
  std::optional<Failure> failure;  // of a failed job
  std::vector<LostAttempt> lost;   // since the submission or the last retry, oldest first

  bool operator==(const Job&) const = default;
};

// Not in line yet: its recording is not here.
inline bool is_to_be_fetched(const Job& job) {
  return job.state == JobState::queued && job.audio.path.empty();
}

}  // namespace transcribed::core
