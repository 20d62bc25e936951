// One `transcribe models pull`: a bar on a terminal, plain lines elsewhere, and Ctrl-C leaves a
// part that a later pull goes on from.
#pragma once

#include "adapters/model_pull.h"
#include "core/whisper_models.h"

namespace transcribed::client {

struct PullSettings {
  adapters::PullOptions options;  // its interruption and on_progress are set here
  bool quiet = false;             // only what went wrong
};

// An exit status; everything is told on standard error. Takes signals over while it runs. Once a
// process at a time.
int run_pull(const core::WhisperModel& model, const PullSettings& settings);

// "12.3 MB/s", "1.0 GB left" and the like, behind the bar. `rate` in bytes per second, 0: not
// known.
std::string pull_status(std::int64_t done, std::int64_t whole, double rate);

}  // namespace transcribed::client
