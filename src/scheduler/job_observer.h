// Is told what becomes of jobs, for whoever counts it: no text is made for it, so that it costs
// next to nothing. Loop thread, from inside the JobManager, which must not be called back.
#pragma once

#include <optional>
#include <string>

#include "core/failure.h"
#include "core/job.h"
#include "core/line_waits.h"
#include "scheduler/engine_run.h"

namespace transcribed::scheduler {

// What a job waited for until it was given a slot.
struct Waited {
  // Since it was submitted, retried, or queued again; nothing: not known, because it was read from
  // disk and had an attempt before.
  std::optional<double> in_line_s;
  core::LineSeconds for_what{};  // of that, while the head of the line waited for each
};

struct AttemptEnd {
  EngineOutcome::How how = EngineOutcome::How::completed;
  std::optional<core::FailureKind> failure;  // of a failed or lost one
  // Of a completed one:
  double work_s = 0;   // from when the engine was told
  double audio_s = 0;  // 0: not known
};

class JobObserver {
 public:
  virtual ~JobObserver() = default;

  // It is on disk. Not for one that joined another.
  virtual void job_submitted() {}
  virtual void attempt_started(const std::string& /*model*/, int /*gpu_id*/,
                               const Waited& /*waited*/) {}
  // Also for one that the last daemon began and did not end.
  virtual void attempt_ended(const std::string& /*model*/, int /*gpu_id*/,
                             const AttemptEnd& /*end*/) {}
  // Its end is on disk. `failure` of a failed one.
  virtual void job_ended(core::JobState /*state*/, std::optional<core::FailureKind> /*failure*/) {}
};

}  // namespace transcribed::scheduler
