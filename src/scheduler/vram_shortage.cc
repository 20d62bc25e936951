#include "scheduler/vram_shortage.h"

#include <string>
#include <utility>

#include <fmt/format.h>

namespace transcribed::scheduler {

VramShortage::VramShortage(ports::Clock& clock, VramGauge::Ask ask, ResourceManager& resources,
                           EngineSupervisor& engines, EventLog log, std::function<void()> changed)
    : clock_(clock),
      ask_(std::move(ask)),
      resources_(resources),
      engines_(engines),
      log_(std::move(log)),
      changed_(std::move(changed)) {}

void VramShortage::suspect(const core::Gpu& gpu, core::Megabytes needed_mb) {
  if (!ask_ || gpu.total_mb == 0 || suspected_.contains(gpu.id)) return;
  suspected_[gpu.id] = {.total_mb = gpu.total_mb, .needed_mb = needed_mb};
  resources_.keep_off(gpu.id,
                      fmt::format("GPU {} ran out of memory without another job on it: finding out "
                                  "whether other programs hold it",
                                  gpu.id));
  look_after(first_look, gpu.id);
}

bool VramShortage::is_short(int gpu_id) const {
  const auto at = suspected_.find(gpu_id);
  return at != suspected_.end() && at->second.looks > 1;
}

void VramShortage::look_after(std::chrono::milliseconds wait, int gpu_id) {
  suspected_.at(gpu_id).next_look =
      clock_.wake_at(clock_.now() + wait, [this, gpu_id] { look(gpu_id); });
}

void VramShortage::look(int gpu_id) {
  engines_.retire_idle_on(gpu_id);
  ask_([this, gpu_id, alive = std::weak_ptr<bool>(alive_)](const VramGauge::Readings& readings) {
    if (!alive.expired()) take(gpu_id, readings);
  });
}

void VramShortage::take(int gpu_id, const VramGauge::Readings& readings) {
  Suspected& one = suspected_.at(gpu_id);
  ++one.looks;
  const bool is_sure = one.looks > 1;
  const auto in_use = readings.find(gpu_id);
  const bool is_short = in_use != readings.end() && one.total_mb - in_use->second < one.needed_mb;
  if (!is_short) {
    if (is_sure) log_(LogLevel::info, fmt::format("GPU {} takes jobs again", gpu_id));
    suspected_.erase(gpu_id);
    resources_.let_on(gpu_id);
    return changed_();
  }
  look_after(is_sure ? interval : second_look, gpu_id);
  if (!is_sure) return;
  const core::Megabytes free_mb = std::max<core::Megabytes>(0, one.total_mb - in_use->second);
  std::string why = fmt::format(
      "GPU {} has {} of {} free where a job needs {}: other programs hold the rest", gpu_id,
      core::as_gb_number(free_mb), core::as_gb(one.total_mb), core::as_gb(one.needed_mb));
  if (one.looks == 2) {
    log_(LogLevel::warn, fmt::format("{}. It takes no jobs until they let it go.", why));
  }
  resources_.keep_off(gpu_id, std::move(why));
  changed_();
}

}  // namespace transcribed::scheduler
