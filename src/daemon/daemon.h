// The composition root: everything made, wired and run, from start to drain.
#pragma once

#include "daemon/config.h"

namespace transcribed::daemon {

// Runs in the foreground until SIGTERM or SIGINT. The exit status: 0 after a drain, 1 when it could
// not start (the log says why).
int run(const Config& config);

}  // namespace transcribed::daemon
