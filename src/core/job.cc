#include "core/job.h"

#include <array>
#include <utility>

namespace transcribed::core {
namespace {

constexpr std::array<std::pair<JobState, std::string_view>, 5> words{{
    {JobState::queued, "queued"},
    {JobState::running, "running"},
    {JobState::completed, "completed"},
    {JobState::failed, "failed"},
    {JobState::cancelled, "cancelled"},
}};

}  // namespace

std::string_view to_string(JobState state) {
  for (const auto& [value, word] : words) {
    if (value == state) return word;
  }
  return "queued";
}

std::optional<JobState> parse_job_state(std::string_view word) {
  for (const auto& [value, known] : words) {
    if (known == word) return value;
  }
  return std::nullopt;
}

bool has_ended(JobState state) {
  return state == JobState::completed || state == JobState::failed || state == JobState::cancelled;
}

}  // namespace transcribed::core
