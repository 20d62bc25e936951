// Signals as something to poll(). Make one before any thread is started, so that all of them leave
// the signals to it.
#pragma once

#include <csignal>
#include <optional>

namespace transcribed::client {

class SignalWatch {
 public:
  // Takes SIGINT, SIGTERM, SIGHUP and SIGWINCH out of their usual course. SIGINT and SIGHUP stay
  // ignored where the parent ignored them (nohup, `&` in a script).
  SignalWatch();
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

  int fd() const { return fd_; }
  // The next signal that came, if any.
  std::optional<int> take();
  // From here on signals do again what they usually do: Ctrl-C ends the program.
  void restore();

 private:
  int fd_ = -1;
  sigset_t watched_{};
};

}  // namespace transcribed::client
