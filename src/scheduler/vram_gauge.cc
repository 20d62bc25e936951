#include "scheduler/vram_gauge.h"

#include <utility>

namespace transcribed::scheduler {

VramGauge::VramGauge(ports::Clock& clock, Ask ask, std::function<bool()> is_watched)
    : clock_(clock), ask_(std::move(ask)), is_watched_(std::move(is_watched)) {}

void VramGauge::start() { look_later(); }

void VramGauge::look_later() {
  alarm_ = clock_.wake_at(clock_.now() + interval, [this] { look(); });
}

void VramGauge::look() {
  if (!is_watched_()) return look_later();
  ask_([this, alive = std::weak_ptr<bool>(alive_)](Readings readings) {
    if (!alive.expired()) take(std::move(readings));
  });
}

void VramGauge::take(Readings readings) {
  failures_ = readings.empty() ? failures_ + 1 : 0;
  readings_ = std::move(readings);
  read_at_ = clock_.now();
  if (failures_ < most_failures) look_later();
}

std::optional<core::Megabytes> VramGauge::in_use(int gpu_id) const {
  const auto found = readings_.find(gpu_id);
  if (found == readings_.end() || clock_.now() - read_at_ > lasts) return std::nullopt;
  return found->second;
}

}  // namespace transcribed::scheduler
