#include "pocketsphinx/pocketsphinx_engine.h"
#include "worker/worker_loop.h"

int main() {
  transcribed::pocketsphinx::PocketsphinxEngine engine;
  return transcribed::worker::run_worker(engine);
}
