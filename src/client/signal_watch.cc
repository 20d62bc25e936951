#include "client/signal_watch.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace transcribed::client {

SignalWatch::SignalWatch() {
  ::sigemptyset(&watched_);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGWINCH}) {
    struct sigaction action {};
    // A blocked signal would be queued even though it is ignored.
    if (number != SIGWINCH && ::sigaction(number, nullptr, &action) == 0 &&
        action.sa_handler == SIG_IGN) {
      continue;
    }
    ::sigaddset(&watched_, number);
  }
  ::pthread_sigmask(SIG_BLOCK, &watched_, nullptr);
  fd_ = ::signalfd(-1, &watched_, SFD_CLOEXEC | SFD_NONBLOCK);
  if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "signalfd");
}

SignalWatch::~SignalWatch() { ::close(fd_); }

std::optional<int> SignalWatch::take() {
  signalfd_siginfo info{};
  if (::read(fd_, &info, sizeof info) != static_cast<ssize_t>(sizeof info)) return std::nullopt;
  return static_cast<int>(info.ssi_signo);
}

void SignalWatch::restore() { ::pthread_sigmask(SIG_UNBLOCK, &watched_, nullptr); }

}  // namespace transcribed::client
