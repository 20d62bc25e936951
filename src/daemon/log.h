// The daemon's log: lines on standard error, "INFO: ...", a timestamp before them when asked for.
#pragma once

#include "daemon/config.h"
#include "scheduler/event_log.h"

namespace transcribed::daemon {

// Sets up the log for this process. Any thread may log afterwards.
void start_log(LogLevel level, bool timestamps);

void log_line(scheduler::LogLevel level, std::string_view line);

}  // namespace transcribed::daemon
