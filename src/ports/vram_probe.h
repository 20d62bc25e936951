// How much of each GPU's memory is taken, whoever took it.
#pragma once

#include <map>

#include "core/memory_size.h"

namespace transcribed::ports {

class VramProbe {
 public:
  virtual ~VramProbe() = default;
  // By GPU id; those of which the driver tells nothing are left out. Blocks for some seconds at
  // most; any thread.
  virtual std::map<int, core::Megabytes> vram_in_use() = 0;
};

}  // namespace transcribed::ports
