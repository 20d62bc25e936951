// The JSON Lines that daemon and worker speak on the worker's standard input and output. One object
// a line, UTF-8, ended by "\n"; its "type" names the message. docs/engine-protocol.md is the
// reference. Used by the daemon and by the engines of this project.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <tl/expected.hpp>

#include "core/job.h"
#include "core/memory_size.h"
#include "core/transcript.h"

namespace transcribed::wire {

// A line longer than this (bytes, newline included) is not of this protocol.
inline constexpr std::size_t max_line_bytes = 1 << 20;

// --- daemon to worker ---
struct Load {
  std::string model;   // the model's name
  std::string file;    // its file or folder as configured; may be empty
  std::string device;  // "gpu:0" (the only one the worker sees) or "cpu"
  int slots = 1;       // jobs at once, at most
  int threads = 1;     // per job
  // A model for voice activity detection, an absolute path; empty: none is to be used.
  std::string vad_file = {};
  bool operator==(const Load&) const = default;
};
struct Transcribe {
  std::string job;
  int attempt = 0;
  std::string audio;  // absolute path
  core::TranscribeOptions options;
  bool operator==(const Transcribe&) const = default;
};
struct Cancel {
  std::string job;
  bool operator==(const Cancel&) const = default;
};
struct Shutdown {
  bool operator==(const Shutdown&) const = default;
};
using ToWorker = std::variant<Load, Transcribe, Cancel, Shutdown>;

// --- worker to daemon ---
struct Ready {
  std::string engine;
  std::string version;
  core::Megabytes vram_mb = 0;  // taken by the loaded model itself; 0: unknown
  core::Megabytes ram_mb = 0;
  core::Megabytes vram_per_job_mb = 0;  // what each job adds, at its largest; 0: unknown
  core::Megabytes ram_per_job_mb = 0;
  // Where the model really runs, for people; empty: the worker does not say.
  std::string device = {};
  bool operator==(const Ready&) const = default;
};
struct Progress {
  std::string job;
  double done_s = 0;   // seconds of audio behind us
  double total_s = 0;  // 0: not known
  bool operator==(const Progress&) const = default;
};
struct SegmentFound {
  std::string job;
  core::Segment segment;
  bool operator==(const SegmentFound&) const = default;
};
struct JobDone {
  std::string job;
  std::string language;
  double duration_s = 0;
  std::optional<double> language_probability = {};  // where it was found out
  bool operator==(const JobDone&) const = default;
};
// kind: bad_media | out_of_memory | unsupported | internal. A `job` left empty means that the load
// failed.
struct JobFailed {
  std::string job;
  core::Failure failure;
  bool operator==(const JobFailed&) const = default;
};
// The acknowledgement of a cancel.
struct JobCancelled {
  std::string job;
  bool operator==(const JobCancelled&) const = default;
};
using FromWorker = std::variant<Ready, Progress, SegmentFound, JobDone, JobFailed, JobCancelled>;

// Each with its final newline.
std::string to_line(const ToWorker& message);
std::string to_line(const FromWorker& message);

// `line` without its newline. The error is a sentence that names what was wrong. Unknown keys are
// ignored, so that either side may be the newer one; an unknown type is an error. Numbers must be
// finite; times below 0 become 0, an end before its start becomes the start.
tl::expected<ToWorker, std::string> parse_to_worker(std::string_view line);
tl::expected<FromWorker, std::string> parse_from_worker(std::string_view line);

}  // namespace transcribed::wire
