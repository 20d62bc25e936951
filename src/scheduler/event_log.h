// Where the scheduler's log lines go. The wording of the lines is part of the contract; the sink is
// the daemon's (spdlog) or a test's vector.
#pragma once

#include <functional>
#include <string_view>

namespace transcribed::scheduler {

enum class LogLevel { debug, info, warn, error };

// `line` without level and newline. Loop thread.
using EventLog = std::function<void(LogLevel level, std::string_view line)>;

}  // namespace transcribed::scheduler
