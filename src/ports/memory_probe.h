// How much RAM the machine, and one process tree, has and uses.
#pragma once

#include <sys/types.h>

#include "core/memory_size.h"

namespace transcribed::ports {

struct SystemMemory {
  core::Megabytes total_mb = 0;  // the smaller of MemTotal and the cgroup limits
  core::Megabytes available_mb =
      0;  // the smaller of MemAvailable and what every cgroup limit leaves
};

// Reads kernel files only, so it does not block. Loop thread.
class MemoryProbe {
 public:
  virtual ~MemoryProbe() = default;
  virtual SystemMemory read() = 0;
  // RssAnon + RssShmem over `root` and all its descendants; 0 when it is gone.
  virtual core::Megabytes tree_rss_mb(pid_t root) = 0;
};

}  // namespace transcribed::ports
