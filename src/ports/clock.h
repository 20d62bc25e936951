// Time as the scheduler sees it: what it is now, and being woken later. Tests bring their own.
#pragma once

#include <functional>
#include <memory>

#include "core/time.h"

namespace transcribed::ports {

// A wake-up that has been asked for. Destroying it calls it off; once it has fired it does nothing.
class Alarm {
 public:
  virtual ~Alarm() = default;
};

// All methods on the loop thread; `wake` runs there too, never from inside wake_at().
class Clock {
 public:
  virtual ~Clock() = default;
  virtual core::SteadyTime now() const = 0;
  virtual core::WallTime wall_now() const = 0;
  [[nodiscard]] virtual std::unique_ptr<Alarm> wake_at(core::SteadyTime when,
                                                       std::function<void()> wake) = 0;
};

}  // namespace transcribed::ports
