// `transcribed keys add|list|rm`: API keys, changed on disk; a running daemon notices.
#pragma once

#include "daemon/config.h"

namespace transcribed::daemon {

// argv[1] is "keys". Prints, and returns the exit status.
int run_keys_command(int argc, const char* const* argv, const Surroundings& surroundings);

}  // namespace transcribed::daemon
