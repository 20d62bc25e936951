// What an engine must be to run under the worker loop: load once, then turn recordings into
// segments.
#pragma once

#include <optional>
#include <string>

#include <tl/expected.hpp>

#include "core/failure.h"
#include "core/transcript.h"
#include "wire/engine_protocol.h"

namespace transcribed::worker {

// A job's line to the daemon, while it runs. Used by the job's own thread.
class JobReport {
 public:
  virtual ~JobReport() = default;
  // Seconds of audio behind us, and in all (0: not known). Call as often as you like: at most five
  // a second are sent.
  virtual void progress(double done_s, double total_s) = 0;
  virtual void segment(const core::Segment& segment) = 0;
  // Look at least a few times a second, and return soon after it turns true; what is returned then
  // does not matter.
  virtual bool cancelled() const = 0;
};

struct Heard {
  std::string language;
  double duration_s = 0;
  std::optional<double> language_probability = {};  // where it was found out
};

class Engine {
 public:
  virtual ~Engine() = default;
  // Once, before any job. The failure's kind: unsupported, out_of_memory or internal.
  virtual tl::expected<wire::Ready, core::Failure> load(const wire::Load& load) = 0;
  // On a thread of its own for each job; at most `load.slots` at once. A job must not depend on the
  // ones before it. What it throws becomes a failure.
  virtual tl::expected<Heard, core::Failure> transcribe(const wire::Transcribe& request,
                                                        JobReport& report) = 0;
};

}  // namespace transcribed::worker
