// What has become of jobs since the daemon started, in numbers for /metrics. Loop thread; a copy
// may go elsewhere.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "http/histogram.h"
#include "scheduler/job_observer.h"

namespace transcribed::http {

struct JobCountsView {
  JobCountsView();

  struct OnGpu {
    OnGpu();
    std::uint64_t started = 0;
    double audio_s = 0;
    Histogram real_time_factor;
  };
  // Indexed by the enumeration.
  static constexpr std::size_t outcomes = 5;
  static constexpr std::size_t job_states = 5;

  std::uint64_t submitted = 0;
  std::array<std::uint64_t, job_states> ended{};
  std::array<std::uint64_t, core::failure_kinds> failed{};
  std::array<std::uint64_t, outcomes> attempts_ended{};
  std::array<std::uint64_t, core::failure_kinds> attempts_lost{};
  Histogram in_line;
  std::vector<Histogram> waited_for;                      // by core::LineWait
  std::map<std::pair<std::string, int>, OnGpu> on_gpu{};  // by model and GPU
};

class JobCounts final : public scheduler::JobObserver {
 public:
  void job_submitted() override { ++view_.submitted; }
  void attempt_started(const std::string& model, int gpu_id,
                       const scheduler::Waited& waited) override;
  void attempt_ended(const std::string& model, int gpu_id,
                     const scheduler::AttemptEnd& end) override;
  void job_ended(core::JobState state, std::optional<core::FailureKind> failure) override;

  const JobCountsView& view() const { return view_; }

 private:
  JobCountsView view_;
};

}  // namespace transcribed::http
