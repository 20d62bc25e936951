// Bounds on engines that do not come from a model's entry in the config.
#pragma once

#include <chrono>
#include <cstddef>

namespace transcribed::scheduler {

struct EngineLimits {
  // A cancel that is not acknowledged within this ends the worker, unless others are served by it.
  std::chrono::milliseconds cancel_grace{5000};
  // Between SIGTERM and SIGKILL.
  std::chrono::milliseconds kill_grace{2000};
  // Output of one job, in bytes: ten hours of words and tokens are about 10 MB.
  std::size_t output_per_job = std::size_t{64} << 20;
  // The end of standard error that is kept for a failure's message, in bytes.
  std::size_t stderr_tail = 2000;
};

}  // namespace transcribed::scheduler
