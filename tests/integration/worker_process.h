// A worker process as the daemon sees it: lines in, messages out, every wait with a deadline.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "wire/engine_protocol.h"

namespace transcribed::tests {

// Hearing half a minute takes minutes on a machine that does much else. Nothing waits this long
// unless it fails.
inline constexpr std::chrono::minutes engine_patience{5};

class WorkerProcess {
 public:
  // Its standard error goes to this process's.
  explicit WorkerProcess(std::vector<std::string> argv);
  // Kills what still runs.
  ~WorkerProcess();
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;

  void send(const wire::ToWorker& message) { send_raw(wire::to_line(message)); }
  void send_raw(const std::string& bytes);
  void close_input();
  void close_output();
  void kill();  // SIGKILL
  pid_t pid() const { return pid_; }

  // The next line; nothing at the deadline or at the end of its output.
  std::optional<std::string> next_line(std::chrono::milliseconds deadline);
  // The next message; a line that is none fails the test.
  std::optional<wire::FromWorker> next(std::chrono::milliseconds deadline = engine_patience);
  // The next message that is neither progress nor a segment; segments passed on the way are added
  // to `segments`.
  std::optional<wire::FromWorker> next_end(std::vector<core::Segment>* segments = nullptr);
  // Reads what is left of its output: whether it said that a job is done.
  bool says_done();
  // The exit status; nothing when it still runs at the deadline. 128 + signal when a signal ended
  // it.
  std::optional<int> wait(std::chrono::milliseconds deadline = engine_patience);

 private:
  pid_t pid_ = -1;
  int process_ = -1;  // a pidfd
  int input_ = -1;
  int output_ = -1;
  std::string buffer_;
};

}  // namespace transcribed::tests
