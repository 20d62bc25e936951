// The two times of the program: a wall clock for what people read, a steady one for what waits.
#pragma once

#include <chrono>

namespace transcribed::core {

using Milliseconds = std::chrono::milliseconds;
// UTC, millisecond resolution: what is stored and shown.
using WallTime = std::chrono::sys_time<Milliseconds>;
// Never goes backwards; meaningless outside this process.
using SteadyTime = std::chrono::steady_clock::time_point;

}  // namespace transcribed::core
