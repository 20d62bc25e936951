// ports::Clock on an io_context.
#pragma once

#include <boost/asio/io_context.hpp>

#include "ports/clock.h"

namespace transcribed::adapters {

// Loop thread. Alarms must not outlive the io_context.
class AsioClock final : public ports::Clock {
 public:
  explicit AsioClock(boost::asio::io_context& loop) : loop_(loop) {}

  core::SteadyTime now() const override;
  core::WallTime wall_now() const override;
  // What is due already is posted, without a timer.
  std::unique_ptr<ports::Alarm> wake_at(core::SteadyTime when, std::function<void()> wake) override;

 private:
  boost::asio::io_context& loop_;
};

}  // namespace transcribed::adapters
