// The last hour of the machine, a sample every 10 s, for those who want to see how it went. In
// memory: a new daemon starts with none. Loop thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "core/memory_size.h"
#include "core/time.h"
#include "ports/clock.h"
#include "scheduler/resource_status.h"

namespace transcribed::scheduler {

struct UsageSample {
  core::WallTime at{};
  int slots_used = 0;  // of all GPUs, as slots_max
  int slots_max = 0;
  core::Megabytes ram_available_mb = 0;  // before promises
  core::Megabytes ram_promised_mb = 0;
  std::int64_t pending_jobs = 0;
  double audio_seconds = 0;  // that engines went through since the sample before
};

class UsageHistory {
 public:
  static constexpr std::chrono::seconds interval{10};
  static constexpr std::size_t kept = 360;

  // Asks `look` at each sample. Both outlive it.
  UsageHistory(ports::Clock& clock, std::function<ResourceStatus()> look);

  // Takes the first sample now. Once.
  void start();

  // Oldest first. Where the machine slept, the times have a gap.
  std::vector<UsageSample> samples() const;

 private:
  void take_sample();

  ports::Clock& clock_;
  std::function<ResourceStatus()> look_;
  std::vector<UsageSample> ring_;
  std::size_t oldest_ = 0;
  double heard_before_ = 0;
  core::SteadyTime due_{};
  std::unique_ptr<ports::Alarm> alarm_;
};

}  // namespace transcribed::scheduler
