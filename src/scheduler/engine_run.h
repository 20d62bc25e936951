// One attempt of one job on an engine: what is asked, and what is told while it runs.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>

#include "core/failure.h"
#include "core/job.h"
#include "core/job_id.h"
#include "core/model.h"
#include "core/transcript.h"
#include "core/vram_cost.h"

namespace transcribed::scheduler {

struct EngineJob {
  core::JobId id;
  int attempt = 0;
  std::string audio_path;
  core::TranscribeOptions options;
  core::Model model;
  core::VramCost vram;  // what the job was granted; a model's weights are there once a process
  int gpu_id = 0;
  bool alone = false;         // nothing else may hold memory of that GPU, no idle process either
  std::string pci_address{};  // of that GPU; empty: unknown. The supervisor fills it in
};

struct EngineOutcome {
  enum class How {
    completed,  // `transcript` holds the language, the duration and, from a command engine, the
                // segments; a worker's segments were told by on_segment
    failed,     // a verdict: `failure`
    lost,       // the attempt is lost, not the job: `failure` says how
    cancelled,  // as asked by cancel()
    stopped,    // as asked by stop(): nobody's fault
  } how = How::completed;
  core::Transcript transcript;
  core::Failure failure;
  bool while_loading = false;  // of lost: the model was not ready yet
  // The process cannot be killed: the slot stays taken until on_gone.
  bool unkillable = false;
};

// Called on the loop thread, never from inside start(), cancel() or stop().
struct EngineEvents {
  // The engine has been told to transcribe; `root` is the process tree the job runs in.
  std::function<void(pid_t root)> on_running;
  std::function<void(double done_s, double total_s)> on_progress;
  std::function<void(core::Segment)> on_segment;
  // Exactly once; the slot may be released (unless unkillable).
  std::function<void(EngineOutcome)> on_end;
  // After an on_end with `unkillable`: the process has gone after all.
  std::function<void()> on_gone;
};

}  // namespace transcribed::scheduler
