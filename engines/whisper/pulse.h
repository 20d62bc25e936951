// Says that a job lives while the CPU is at a step of it that takes long.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "core/time.h"
#include "worker/engine.h"

namespace transcribed::whisper {

// libwhisper calls nobody back within a step, and one of a large model's encoder takes a slow CPU
// minutes: the daemon would take that for a hang. So what was last said is said again as long as
// the job's thread computes; one that waits for something that never comes falls silent, and so
// does one that has been at the same step for an hour.
//
// Not for GPUs: their steps are short, and their drivers may compute while they hang.
class Pulse final : public worker::JobReport {
 public:
  // CPU time of the job's thread so far, in seconds.
  using CpuTime = std::function<double()>;

  static constexpr int most_beats = 360;

  // Made on the job's thread, and lives as long as the job. Borrows `job`.
  explicit Pulse(worker::JobReport& job,
                 std::chrono::milliseconds every = std::chrono::seconds(10));
  Pulse(worker::JobReport& job, std::chrono::milliseconds every, CpuTime cpu_time);
  ~Pulse() override;
  Pulse(const Pulse&) = delete;
  Pulse& operator=(const Pulse&) = delete;

  void progress(double done_s, double total_s) override;
  void segment(const core::Segment& segment) override;
  bool cancelled() const override { return job_.cancelled(); }

  // What its own thread does every so often.
  void beat();

 private:
  struct Said {
    double done_s = 0;
    double total_s = 0;
  };

  void run();

  worker::JobReport& job_;
  std::chrono::milliseconds every_;
  CpuTime cpu_time_;

  std::mutex mutex_;  // `job_` is spoken to by one thread at a time
  std::condition_variable changed_;
  bool over_ = false;
  std::optional<Said> said_;
  int beats_ = 0;  // since the job said something itself
  double cpu_s_ = 0;
  std::thread thread_;
};

}  // namespace transcribed::whisper
