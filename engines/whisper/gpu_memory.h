// What a backend takes of a GPU beside the buffers that libwhisper tells of, and how a lack of it
// is put into words. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/memory_size.h"

namespace transcribed::whisper {

struct BackendOverhead {
  core::Megabytes process_mb = 0;  // once in each process
  core::Megabytes state_mb = 0;    // for each job
};

// The process: CUDA's context and ggml's kernels, which come as they are first needed; 632 MB were
// seen. A job: cuBLAS's workspace (see library_settings.h) and the backend's own pool; 46 to 52 MB.
inline constexpr BackendOverhead cuda_overhead{.process_mb = 640, .state_mb = 64};

// By the name of ggml's backend ("CUDA"). Of others than CUDA nothing is reckoned: Vulkan's is
// small enough for the headroom, and of HIP's none was ever measured (docs/whisper-memory.md).
BackendOverhead overhead_of(std::string_view backend);

// Bytes in whole MB, rounded up.
core::Megabytes whole_mb(std::int64_t bytes);
// Bytes for people: "1.6 GB".
std::string gb(std::int64_t bytes);

// "No memory for WHAT on DEVICE: 1.6 GB needed, 1.4 GB of 143.1 GB free." A driver that has no room
// left for the process itself tells of no memory at all (`total` 0); then the figures are left out.
// All in bytes.
std::string no_memory_on_gpu(const std::string& what, const std::string& device,
                             std::int64_t needed, std::int64_t free, std::int64_t total);

}  // namespace transcribed::whisper
