#include "http/job_counts.h"

namespace transcribed::http {
namespace {

// From a release to the next start, which takes about a millisecond, to a night's backlog.
constexpr std::array wait_bounds{0.01,  0.1,   1.0,    5.0,     15.0,   60.0,
                                 300.0, 900.0, 3600.0, 14400.0, 43200.0};
// Below 1 is faster than one listens. Each must print short: a label le="0.07000000000000001" is
// found by no query.
constexpr std::array factor_bounds{0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15,
                                   0.2,   0.3,  0.5,  0.7,  1.0,  2.0,   5.0};

template <typename Enum, std::size_t size>
void count(std::array<std::uint64_t, size>& counts, Enum value) {
  ++counts.at(static_cast<std::size_t>(value));
}

}  // namespace

JobCountsView::JobCountsView()
    : in_line(wait_bounds), waited_for(core::all_line_waits.size(), Histogram(wait_bounds)) {}

JobCountsView::OnGpu::OnGpu() : real_time_factor(factor_bounds) {}

void JobCounts::attempt_started(const std::string& model, int gpu_id,
                                const scheduler::Waited& waited) {
  ++view_.on_gpu[{model, gpu_id}].started;
  if (waited.in_line_s) view_.in_line.observe(*waited.in_line_s);
  for (std::size_t i = 0; i < waited.for_what.size(); ++i) {
    view_.waited_for[i].observe(waited.for_what[i]);
  }
}

void JobCounts::attempt_ended(const std::string& model, int gpu_id,
                              const scheduler::AttemptEnd& end) {
  using How = scheduler::EngineOutcome::How;
  count(view_.attempts_ended, end.how);
  if (end.how == How::lost && end.failure) count(view_.attempts_lost, *end.failure);
  if (end.how != How::completed || end.audio_s <= 0) return;
  JobCountsView::OnGpu& there = view_.on_gpu[{model, gpu_id}];
  there.audio_s += end.audio_s;
  there.real_time_factor.observe(end.work_s / end.audio_s);
}

void JobCounts::job_ended(core::JobState state, std::optional<core::FailureKind> failure) {
  count(view_.ended, state);
  if (state == core::JobState::failed && failure) count(view_.failed, *failure);
}

}  // namespace transcribed::http
