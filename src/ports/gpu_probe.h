// Which GPUs the machine has.
#pragma once

#include "core/resources.h"

namespace transcribed::ports {

class GpuProbe {
 public:
  virtual ~GpuProbe() = default;
  // Blocks, as a rule 10 s at most; called once, before the loop runs. Every failure is in the
  // result.
  virtual core::GpuDetection detect() = 0;
};

}  // namespace transcribed::ports
