#include "core/line_waits.h"

#include <chrono>

namespace transcribed::core {

std::string_view to_string(LineWait wait) {
  switch (wait) {
    case LineWait::slot:
      return "slot";
    case LineWait::vram:
      return "vram";
    case LineWait::ram:
      return "ram";
  }
  return "slot";
}

std::optional<LineWait> line_wait_of(const Reason& reason) {
  if (reason.code == "slots_busy") return LineWait::slot;
  if (reason.code == "vram_busy" || reason.code == "vram_taken") return LineWait::vram;
  if (reason.code == "ram_low") return LineWait::ram;
  return std::nullopt;
}

void LineWaits::head_waits_for(std::optional<LineWait> what, SteadyTime now) {
  if (what == what_) return;
  totals_ = totals(now);
  what_ = what;
  since_ = now;
}

LineSeconds LineWaits::totals(SteadyTime now) const {
  LineSeconds sums = totals_;
  if (what_) {
    sums[static_cast<std::size_t>(*what_)] += std::chrono::duration<double>(now - since_).count();
  }
  return sums;
}

}  // namespace transcribed::core
