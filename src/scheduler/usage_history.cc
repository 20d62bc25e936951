#include "scheduler/usage_history.h"

#include <algorithm>
#include <utility>

namespace transcribed::scheduler {

UsageHistory::UsageHistory(ports::Clock& clock, std::function<ResourceStatus()> look)
    : clock_(clock), look_(std::move(look)) {}

void UsageHistory::start() {
  due_ = clock_.now();
  heard_before_ = look_().audio_seconds_heard;
  take_sample();
}

void UsageHistory::take_sample() {
  const ResourceStatus status = look_();
  UsageSample sample;
  sample.at = clock_.wall_now();
  for (const GpuStatus& gpu : status.gpus) {
    sample.slots_used += gpu.slots_used;
    sample.slots_max += gpu.gpu.slots_max;
  }
  sample.ram_available_mb = status.system_ram_available_mb;
  sample.ram_promised_mb = status.system_ram_promised_mb;
  sample.pending_jobs = status.pending_jobs;
  sample.audio_seconds = std::max(0.0, status.audio_seconds_heard - heard_before_);
  heard_before_ = status.audio_seconds_heard;

  if (ring_.size() < kept) {
    ring_.push_back(sample);
  } else {
    ring_[oldest_] = sample;
    oldest_ = (oldest_ + 1) % kept;
  }
  // From when it was due, so that lateness does not add up; after a sleep the beat begins anew.
  due_ += interval;
  if (due_ <= clock_.now()) due_ = clock_.now() + interval;
  alarm_ = clock_.wake_at(due_, [this] { take_sample(); });
}

std::vector<UsageSample> UsageHistory::samples() const {
  std::vector<UsageSample> out;
  out.reserve(ring_.size());
  for (std::size_t i = 0; i < ring_.size(); ++i) {
    out.push_back(ring_[(oldest_ + i) % ring_.size()]);
  }
  return out;
}

}  // namespace transcribed::scheduler
