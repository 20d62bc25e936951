#include <cstdio>
#include <string_view>

#include "daemon/config.h"
#include "daemon/daemon.h"
#include "daemon/keys_command.h"
#include "daemon/log.h"

int main(int argc, char** argv) {
  using namespace transcribed::daemon;
  const Surroundings surroundings = Surroundings::of_this_process();
  if (argc > 1 && std::string_view(argv[1]) == "keys") {
    return run_keys_command(argc, argv, surroundings);
  }
  const auto config = load_config(argc, argv, surroundings);
  if (!config) {
    std::fputs(config.error().text.c_str(), config.error().is_error ? stderr : stdout);
    return config.error().status;
  }
  start_log(config->log_level, config->log_timestamps);
  return run(*config);
}
