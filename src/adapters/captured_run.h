// Runs one short program to its end and keeps what it printed. For a probe at start-up, not for
// engines: those are launched through ports::ProcessLauncher.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace transcribed::adapters {

struct CapturedRunSpec {
  std::string program;                 // a path; not looked up
  std::vector<std::string> arguments;  // without argv[0]
  std::chrono::milliseconds limit{};
  std::size_t max_output = 0;  // bytes of standard output
};

struct CapturedRun {
  enum class How {
    exited,       // `code` is the exit status
    signalled,    // `code` is the signal's number
    not_started,  // `code` is errno
    timed_out,
    flooded,  // more than max_output
  } how = How::exited;
  int code = 0;
  std::string output;     // standard output, at most max_output bytes
  std::string error_end;  // the last 4 KiB of standard error
  // False when the kernel did not let go of the killed process within a second (state D).
  bool reaped = true;
};

// Blocks. No shell, standard input from /dev/null, its own process group; whatever of the group is
// left when the program ends, or when the limit passes, is killed. Any thread.
CapturedRun run_captured(const CapturedRunSpec& spec);

}  // namespace transcribed::adapters
