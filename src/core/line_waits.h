// What the head of the queue waits for, added up: every job behind it waits for the same, so what a
// job has waited for is the difference between two of these sums, one when it got into line and one
// when it started. Pure.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "core/reason.h"
#include "core/time.h"

namespace transcribed::core {

enum class LineWait { slot, vram, ram };
inline constexpr std::array all_line_waits{LineWait::slot, LineWait::vram, LineWait::ram};

// The word used in metrics ("slot").
std::string_view to_string(LineWait wait);
// Nothing: the reason is none of those.
std::optional<LineWait> line_wait_of(const Reason& reason);

// Seconds for each of all_line_waits.
using LineSeconds = std::array<double, all_line_waits.size()>;

// When a job got into line.
struct InLine {
  std::optional<WallTime> since;  // nothing: not known
  LineSeconds before{};           // the sums by then, or by when the job came into memory
};

class LineWaits {
 public:
  // From now on the head waits for this; nothing: there is no head, or it waits for nothing of the
  // kind (its attempt is being written to disk).
  void head_waits_for(std::optional<LineWait> what, SteadyTime now);
  LineSeconds totals(SteadyTime now) const;

 private:
  LineSeconds totals_{};
  std::optional<LineWait> what_;
  SteadyTime since_{};
};

}  // namespace transcribed::core
