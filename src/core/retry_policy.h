// What happens to a job whose attempt was lost: again, again but alone, or failed with every
// reason.
#pragma once

#include <span>

#include "core/job.h"

namespace transcribed::core {

// Attempts lost with the engine (crash, hang, out of memory) before a job fails.
inline constexpr int max_engine_losses = 3;
// Attempts lost with the daemon before a job fails.
inline constexpr int max_daemon_losses = 10;
// From this many daemon losses on, the job runs alone on its GPU.
inline constexpr int daemon_losses_before_alone = 3;

struct RetryDecision {
  bool retry = false;
  Failure failure;  // when !retry: names every lost attempt and its reason
};

// `lost` holds every lost attempt since the submission or the last retry, the newest included.
RetryDecision after_lost_attempt(std::span<const LostAttempt> lost);

// Whether the next attempt must have its GPU to itself.
bool runs_alone(std::span<const LostAttempt> lost);

}  // namespace transcribed::core
