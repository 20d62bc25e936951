#include "whisper/library_settings.h"
#include "whisper/whisper_engine.h"
#include "worker/worker_loop.h"

int main() {
  transcribed::whisper::set_library_environment();
  transcribed::whisper::WhisperEngine engine;
  return transcribed::worker::run_worker(engine);
}
