// Time that moves only when a test says so.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <utility>

#include "ports/clock.h"

namespace transcribed::fakes {

class FakeClock final : public ports::Clock {
 public:
  core::SteadyTime now() const override { return now_; }
  core::WallTime wall_now() const override {
    return core::WallTime{core::Milliseconds{1'700'000'000'000}} +
           std::chrono::duration_cast<core::Milliseconds>(now_.time_since_epoch());
  }

  std::unique_ptr<ports::Alarm> wake_at(core::SteadyTime when,
                                        std::function<void()> wake) override {
    const Key key{when, next_++};
    alarms_->emplace(key, std::move(wake));
    return std::make_unique<FakeAlarm>(alarms_, key);
  }

  // Runs everything that is due now, and what that makes due.
  void run_due() {
    while (!alarms_->empty() && alarms_->begin()->first.first <= now_) {
      const auto wake = std::move(alarms_->begin()->second);
      alarms_->erase(alarms_->begin());
      wake();
    }
  }

  // Goes from alarm to alarm, so that each sees the time it asked for.
  void advance(std::chrono::milliseconds by) {
    const core::SteadyTime target = now_ + by;
    run_due();
    while (!alarms_->empty() && alarms_->begin()->first.first <= target) {
      now_ = std::max(now_, alarms_->begin()->first.first);
      run_due();
    }
    now_ = target;
  }

 private:
  using Key = std::pair<core::SteadyTime, int>;
  using Alarms = std::map<Key, std::function<void()>>;

  struct FakeAlarm final : ports::Alarm {
    FakeAlarm(std::shared_ptr<Alarms> in, Key at) : alarms(std::move(in)), key(at) {}
    ~FakeAlarm() override { alarms->erase(key); }
    std::shared_ptr<Alarms> alarms;
    Key key;
  };

  core::SteadyTime now_{std::chrono::hours(1)};
  std::shared_ptr<Alarms> alarms_ = std::make_shared<Alarms>();
  int next_ = 0;
};

}  // namespace transcribed::fakes
