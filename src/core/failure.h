// Why an attempt ended without a transcript, as a value. The kind says whether a retry can help.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace transcribed::core {

enum class FailureKind {
  bad_media,        // the recording cannot be decoded; trying again cannot help
  unsupported,      // the engine cannot do what was asked
  internal,         // the engine says it failed
  command_failed,   // a command engine ended with a status other than 0
  model_missing,    // the model is not configured any more, or its engine cannot be started
  out_of_memory,    // lost attempt: no RAM or VRAM
  engine_crashed,   // lost attempt: the process died
  engine_hung,      // lost attempt: no word for too long
  engine_protocol,  // lost attempt: flood or nonsense on its output
  daemon_lost,      // lost attempt: the daemon died while it ran
  fetch_failed,     // the recording could not be had from its URL
};

inline constexpr std::size_t failure_kinds = 11;

// The word used in the API and the store ("bad_media").
std::string_view to_string(FailureKind kind);
std::optional<FailureKind> parse_failure_kind(std::string_view word);

// True for ends that cost the attempt and not the job: the job is queued again, within limits.
bool is_lost_attempt(FailureKind kind);

struct Failure {
  FailureKind kind = FailureKind::internal;
  std::string message;

  bool operator==(const Failure&) const = default;
};

}  // namespace transcribed::core
