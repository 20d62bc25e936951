// How fast recordings are heard. Pure: time is an argument.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

namespace transcribed::client {

using SteadyTime = std::chrono::steady_clock::time_point;
using Seconds = std::chrono::duration<double>;

// One job that runs: from where it was when we saw it first.
struct RunPace {
  SteadyTime since{};
  double from = 0;  // its progress then, 0-1
  double progress = 0;
  std::optional<double> audio_seconds;

  // Recording time by clock time; nothing while that would be a guess.
  std::optional<double> rate(SteadyTime now) const;
  std::optional<Seconds> left(SteadyTime now) const;
};

// The clock of a whole batch: stands still while nothing of it runs, so that a wait for the GPU
// does not look like slow work.
class WorkClock {
 public:
  void running(std::size_t jobs, SteadyTime now);
  Seconds busy(SteadyTime now) const;

 private:
  std::optional<SteadyTime> since_;
  Seconds before_{0};
};

// "12.3x": hours of recording an hour; "" for none.
std::string rate_text(std::optional<double> rate);

}  // namespace transcribed::client
