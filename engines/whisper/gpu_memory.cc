#include "whisper/gpu_memory.h"

#include <fmt/format.h>

namespace transcribed::whisper {

BackendOverhead overhead_of(std::string_view backend) {
  if (backend == "CUDA") return cuda_overhead;
  return {};
}

core::Megabytes whole_mb(std::int64_t bytes) {
  return (bytes + core::bytes_per_mb - 1) / core::bytes_per_mb;
}

std::string gb(std::int64_t bytes) { return core::as_gb(whole_mb(bytes)); }

std::string no_memory_on_gpu(const std::string& what, const std::string& device,
                             std::int64_t needed, std::int64_t free, std::int64_t total) {
  if (total <= 0) {
    return fmt::format(
        "No memory for {} on {}: {} needed, and so little is free that the driver does not even "
        "say how much.",
        what, device, gb(needed));
  }
  return fmt::format("No memory for {} on {}: {} needed, {} of {} free.", what, device, gb(needed),
                     gb(free), gb(total));
}

}  // namespace transcribed::whisper
