#include "whisper/library_settings.h"

#include <cstdlib>

namespace transcribed::whisper {

void set_library_environment() {
  const auto by_default = [](const char* name, const char* value) { ::setenv(name, value, 0); };
  // When ggml gives up it would start a debugger on this process first, and wait for it.
  by_default("GGML_NO_BACKTRACE", "1");
  // From Hopper and Blackwell on, ggml's CUDA kernels begin before those they follow have ended.
  // With many jobs at once some then read what is not there yet: of 40 side by side up to 7 came
  // out with other figures than alone, some with other words. Without it none did, which costs 3 to
  // 11 % of the speed (ggml 0.27.0 on an H200).
  by_default("GGML_CUDA_PDL", "0");
  // One workspace of 4 MB for each job. Left to itself cuBLAS takes 64 MB on Hopper, and was no
  // faster.
  by_default("CUBLAS_WORKSPACE_CONFIG", ":4096:1");
}

}  // namespace transcribed::whisper
