// What the command's exit status tells a script.
#pragma once

namespace transcribed::client {

enum ExitStatus : int {
  exit_success = 0,
  exit_some_failed = 1,    // some files failed or were cancelled, or a request was refused
  exit_usage = 2,          // nothing was started
  exit_unreachable = 3,    // no server answers
  exit_interrupted = 130,  // Ctrl-C, as a shell reports it
};

}  // namespace transcribed::client
