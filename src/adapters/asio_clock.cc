#include "adapters/asio_clock.h"

#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

namespace transcribed::adapters {
namespace {

class TimerAlarm final : public ports::Alarm {
 public:
  TimerAlarm(boost::asio::io_context& loop, core::SteadyTime when, std::function<void()> wake)
      : timer_(loop, when) {
    // The handler of a timer that has expired runs even after a cancel; `alive` tells it.
    timer_.async_wait([alive = std::weak_ptr<bool>(alive_), wake = std::move(wake)](const auto& error) {
      if (!error && !alive.expired()) wake();
    });
  }

 private:
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  boost::asio::steady_timer timer_;
};

class PostedAlarm final : public ports::Alarm {
 public:
  PostedAlarm(boost::asio::io_context& loop, std::function<void()> wake) {
    boost::asio::post(loop, [alive = std::weak_ptr<bool>(alive_), wake = std::move(wake)] {
      if (!alive.expired()) wake();
    });
  }

 private:
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace

core::SteadyTime AsioClock::now() const { return std::chrono::steady_clock::now(); }

core::WallTime AsioClock::wall_now() const {
  return std::chrono::floor<core::Milliseconds>(std::chrono::system_clock::now());
}

std::unique_ptr<ports::Alarm> AsioClock::wake_at(core::SteadyTime when, std::function<void()> wake) {
  if (when <= now()) return std::make_unique<PostedAlarm>(loop_, std::move(wake));
  return std::make_unique<TimerAlarm>(loop_, when, std::move(wake));
}

}  // namespace transcribed::adapters
