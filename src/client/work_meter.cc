#include "client/work_meter.h"

#include <cmath>

#include <fmt/format.h>

namespace transcribed::client {
namespace {

// Before that, one step of the engine more or less is most of what there is.
constexpr double least_progress = 0.02;
constexpr Seconds least_time{3};

}  // namespace

std::optional<double> RunPace::rate(SteadyTime now) const {
  const Seconds elapsed = now - since;
  if (!audio_seconds || elapsed < least_time || progress - from < least_progress) {
    return std::nullopt;
  }
  return *audio_seconds * (progress - from) / elapsed.count();
}

std::optional<Seconds> RunPace::left(SteadyTime now) const {
  const Seconds elapsed = now - since;
  if (elapsed < least_time || progress - from < least_progress || progress >= 1) {
    return std::nullopt;
  }
  return elapsed * (1 - progress) / (progress - from);
}

void WorkClock::running(std::size_t jobs, SteadyTime now) {
  if (jobs > 0 && !since_) {
    since_ = now;
  } else if (jobs == 0 && since_) {
    before_ += now - *since_;
    since_.reset();
  }
}

Seconds WorkClock::busy(SteadyTime now) const {
  return since_ ? before_ + Seconds(now - *since_) : before_;
}

std::string rate_text(std::optional<double> rate) {
  if (!rate || !std::isfinite(*rate) || *rate <= 0) return {};
  return *rate < 100 ? fmt::format("{:.1f}x", *rate) : fmt::format("{:.0f}x", *rate);
}

}  // namespace transcribed::client
