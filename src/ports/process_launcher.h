// Running an engine as a process tree that ends as a whole.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace transcribed::ports {

struct LaunchSpec {
  std::vector<std::string> argv{};         // argv[0] is looked up on PATH when it has no slash
  std::vector<std::string> environment{};  // NAME=value, added to the daemon's own (last wins)
  std::string working_folder{};            // empty: a private temporary one, emptied afterwards
  bool standard_input = false;             // false: /dev/null
  // Set: a file name inside the private working folder whose content comes with the end. In argv,
  // "{result_file}" stands for its absolute path.
  std::string result_file{};
};

// How a process tree ended.
struct ProcessEnd {
  enum class How {
    exited,       // `status` is the exit status
    killed,       // `status` is the signal's number, sent by us or by somebody else
    not_started,  // `message` says why (no such program, not executable)
    unkillable,   // still there after SIGKILL; on_end comes again, with another How, if it goes
  } how = How::exited;
  int status = 0;
  std::string message;
  // LaunchSpec::result_file, as far as max_result_bytes; nothing when it was not written.
  std::optional<std::string> result;
};

inline constexpr std::size_t max_result_bytes = std::size_t{64} << 20;

// What a process tells. Called on the loop thread, never from inside launch() or a method of
// Process. After on_end (other than unkillable) nothing is called any more.
struct ProcessEvents {
  // A piece of output as it came; may be cut anywhere.
  std::function<void(std::string_view)> on_stdout;
  std::function<void(std::string_view)> on_stderr;
  // The first process has exited or could not be started, every descendant is gone and reaped, and
  // all output has been delivered.
  std::function<void(const ProcessEnd&)> on_end;
};

// One running process tree. Destroying it kills the tree at once and forgets the events; it may be
// destroyed inside its own on_end.
class Process {
 public:
  virtual ~Process() = default;
  // Queues bytes for its standard input. A process that does not read them costs memory: the caller
  // bounds what it sends. Ignored once the process has closed its input.
  virtual void write(std::string bytes) = 0;
  // Ends the whole tree: SIGTERM, `grace`, SIGKILL, reap, then on_end. Calling it again with a
  // shorter grace shortens the wait.
  virtual void end(std::chrono::milliseconds grace) = 0;
  // The root under which every process of the tree hangs, for RAM accounting; 0 before it runs.
  virtual pid_t root() const = 0;
};

class ProcessLauncher {
 public:
  virtual ~ProcessLauncher() = default;
  [[nodiscard]] virtual std::unique_ptr<Process> launch(LaunchSpec spec, ProcessEvents events) = 0;
};

}  // namespace transcribed::ports
