#include "whisper/pulse.h"

#include <pthread.h>

#include <ctime>
#include <utility>

namespace transcribed::whisper {
namespace {

// Of the time between two beats; a busy machine gives a thread little.
constexpr double least_share = 0.01;

Pulse::CpuTime of_this_thread() {
  clockid_t clock{};
  if (::pthread_getcpuclockid(::pthread_self(), &clock) != 0) return [] { return 0.0; };
  return [clock] {
    timespec time{};
    ::clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
  };
}

}  // namespace

Pulse::Pulse(worker::JobReport& job, std::chrono::milliseconds every)
    : Pulse(job, every, of_this_thread()) {}

Pulse::Pulse(worker::JobReport& job, std::chrono::milliseconds every, CpuTime cpu_time)
    : job_(job),
      every_(every),
      cpu_time_(std::move(cpu_time)),
      cpu_s_(cpu_time_()),
      thread_([this] { run(); }) {}

Pulse::~Pulse() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Pulse::progress(double done_s, double total_s) {
  const std::lock_guard lock(mutex_);
  said_ = Said{done_s, total_s};
  beats_ = 0;
  job_.progress(done_s, total_s);
}

void Pulse::segment(const core::Segment& segment) {
  const std::lock_guard lock(mutex_);
  beats_ = 0;
  job_.segment(segment);
}

void Pulse::beat() {
  const std::lock_guard lock(mutex_);
  const double cpu_s = cpu_time_();
  const double least_s = std::chrono::duration<double>(every_).count() * least_share;
  const bool computes = cpu_s - cpu_s_ >= least_s;
  cpu_s_ = cpu_s;
  if (!computes || !said_ || beats_ == most_beats) return;
  ++beats_;
  job_.progress(said_->done_s, said_->total_s);
}

void Pulse::run() {
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, every_, [this] { return over_; })) {
    lock.unlock();
    beat();
    lock.lock();
  }
}

}  // namespace transcribed::whisper
