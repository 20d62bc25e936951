// What ggml and CUDA are to be told by the environment, which is the only way to tell them.
#pragma once

namespace transcribed::whisper {

// Sets what is not set already: who knows better may. Before any thread, and before a backend is
// loaded.
void set_library_environment();

}  // namespace transcribed::whisper
