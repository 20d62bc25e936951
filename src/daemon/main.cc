#include <cstdio>

#include "daemon/config.h"
#include "daemon/daemon.h"
#include "daemon/log.h"

int main(int argc, char** argv) {
  using namespace transcribed::daemon;
  const auto config = load_config(argc, argv, Surroundings::of_this_process());
  if (!config) {
    std::fputs(config.error().text.c_str(), config.error().is_error ? stderr : stdout);
    return config.error().status;
  }
  start_log(config->log_level, config->log_timestamps);
  return run(*config);
}
