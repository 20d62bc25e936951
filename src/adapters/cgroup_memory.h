// What the cgroups above this process leave it of the machine's memory, in bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "adapters/kernel_files.h"

namespace transcribed::adapters {

// Every memory limit above this process that can be seen from here: its own cgroup and each
// ancestor up to the mount, in version 2 and in version 1. Follows a move to another cgroup.
// One thread at a time.
class CgroupMemory {
 public:
  // `root` stands before every path read, for tests; "" in earnest.
  explicit CgroupMemory(std::string root);

  struct Headroom {
    std::optional<std::uint64_t> limit;  // the smallest; nothing: no limit anywhere
    std::optional<std::uint64_t> left;   // the least that one of them leaves
  };
  Headroom read();

 private:
  enum class Version { v1, v2 };
  struct Level {
    Version version;
    KernelFile limit;
    KernelFile usage;
    KernelFile stat;
  };

  void discover();
  void add_levels(Version version, const std::string& mount, const std::string& below);
  void account(const Level& level, Headroom& headroom);

  std::string root_;
  KernelFile membership_;
  std::string membership_text_;  // as of the last discover()
  std::vector<Level> levels_;
  std::string buffer_;
};

}  // namespace transcribed::adapters
