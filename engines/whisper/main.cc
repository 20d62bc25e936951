#include <cstdlib>

#include "whisper/whisper_engine.h"
#include "worker/worker_loop.h"

int main() {
  // When ggml gives up it would start a debugger on this process first, and wait for it.
  ::setenv("GGML_NO_BACKTRACE", "1", 0);
  transcribed::whisper::WhisperEngine engine;
  return transcribed::worker::run_worker(engine);
}
