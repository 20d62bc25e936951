// RAM from /proc and the cgroups above this process.
#pragma once

#include <string>
#include <vector>

#include "adapters/cgroup_memory.h"
#include "adapters/kernel_files.h"
#include "ports/memory_probe.h"

namespace transcribed::adapters {

// Keeps its files open and reads them anew each time; tens of microseconds. Loop thread.
class LinuxMemoryProbe final : public ports::MemoryProbe {
 public:
  // `root` stands before /proc and the cgroup mounts, for tests.
  explicit LinuxMemoryProbe(std::string root = "");

  // Zeros when /proc/meminfo cannot be read.
  ports::SystemMemory read() override;
  core::Megabytes tree_rss_mb(pid_t root) override;

 private:
  std::vector<pid_t> children_of(pid_t pid) const;
  std::vector<pid_t> tree_by_children(pid_t root) const;
  std::vector<pid_t> tree_by_parents(pid_t root) const;

  std::string proc_;
  KernelFile meminfo_;
  CgroupMemory cgroups_;
  bool kernel_lists_children_;
  std::string buffer_;
};

}  // namespace transcribed::adapters
