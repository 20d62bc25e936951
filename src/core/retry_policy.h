// What happens to a job whose attempt was lost: again, again but alone, on another GPU, or failed
// with every reason. A state machine whose state is the list of lost attempts, which is on disk: a
// restart of the daemon changes nothing.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "core/job.h"

namespace transcribed::core {

// Attempts lost with the engine (crash, hang, out of memory) before a job fails.
inline constexpr int max_engine_losses = 3;
// From this many of them on (out of memory apart), the job runs alone: no other job can be the
// cause, and none is lost with it.
inline constexpr int engine_losses_before_alone = 2;
// Attempts lost with the daemon before a job fails.
inline constexpr int max_daemon_losses = 10;
// From this many daemon losses on, the job runs alone on its GPU.
inline constexpr int daemon_losses_before_alone = 3;

struct RetryDecision {
  bool retry = false;
  Failure failure;  // when !retry: names every lost attempt and its reason
};

// `lost` holds every lost attempt since the submission or the last retry, the newest included;
// `able` the ids of the GPUs that could hold the job with the machine idle. Out of memory: again
// alone on that GPU, then alone on another, where there is one able, then failed.
RetryDecision after_lost_attempt(std::span<const LostAttempt> lost, std::span<const int> able);

// How the next attempt must run.
struct AttemptTerms {
  bool alone = false;           // no other job on its GPU
  std::optional<int> only_gpu;  // on this GPU
  std::vector<int> not_on;      // on none of these
  bool operator==(const AttemptTerms&) const = default;
};
// Never such that no able GPU is left: the machine may have changed since the attempts were lost.
AttemptTerms next_terms(std::span<const LostAttempt> lost, std::span<const int> able);

}  // namespace transcribed::core
