// How long a job still takes, if it goes on as it has since it got to work.
#pragma once

#include <optional>

#include "core/time.h"

namespace transcribed::core {

class Pace {
 public:
  // The engine has been told.
  void begin(SteadyTime now);
  // `share` of the recording, 0-1, is done.
  void reached(double share, SteadyTime now);
  // In seconds, to a tenth; nothing: nothing is done yet, so nobody knows.
  std::optional<double> left_s(SteadyTime now) const;

 private:
  std::optional<SteadyTime> begun_;
  double share_ = 0;
  SteadyTime reached_at_{};
};

}  // namespace transcribed::core
