#include "core/pace.h"

#include <algorithm>
#include <cmath>

namespace transcribed::core {
namespace {

double seconds_between(SteadyTime from, SteadyTime to) {
  return std::chrono::duration<double>(to - from).count();
}

}  // namespace

void Pace::begin(SteadyTime now) {
  begun_ = now;
  share_ = 0;
}

void Pace::reached(double share, SteadyTime now) {
  // An engine that repeats itself has not become slower.
  if (share <= share_) return;
  share_ = std::min(share, 1.0);
  reached_at_ = now;
}

std::optional<double> Pace::left_s(SteadyTime now) const {
  if (!begun_ || share_ <= 0) return std::nullopt;
  const double whole = seconds_between(*begun_, reached_at_) / share_;
  const double left = whole * (1 - share_) - seconds_between(reached_at_, now);
  return std::round(std::max(left, 0.0) * 10) / 10;
}

}  // namespace transcribed::core
