// RAM figures a test sets.
#pragma once

#include <map>

#include "ports/memory_probe.h"

namespace transcribed::fakes {

class FakeMemoryProbe final : public ports::MemoryProbe {
 public:
  ports::SystemMemory read() override {
    ++reads;
    return {total_mb, available_mb};
  }
  core::Megabytes tree_rss_mb(pid_t root) override {
    return tree_mb.contains(root) ? tree_mb.at(root) : 0;
  }

  core::Megabytes total_mb = 32768;
  core::Megabytes available_mb = 24500;
  std::map<pid_t, core::Megabytes> tree_mb;
  int reads = 0;
};

}  // namespace transcribed::fakes
