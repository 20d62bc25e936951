// Tells the service manager that started the daemon, if one did, how far it is: systemd's protocol
// for `Type=notify`, which others speak, too.
#pragma once

#include <chrono>
#include <string>

#include <tl/expected.hpp>

namespace transcribed::adapters {

// Owned by the daemon; any thread. Each call sends one datagram and does not wait for anybody.
// Without a service manager the calls do nothing; their error is a sentence.
class ServiceManager {
 public:
  // The one that $NOTIFY_SOCKET names. The variable is taken away, so that no engine speaks in the
  // daemon's name: call it before there is a second thread.
  static ServiceManager of_this_process();
  // `socket`: the path of a Unix socket, "@NAME" for one without a file, or nothing.
  explicit ServiceManager(std::string socket) : socket_(std::move(socket)) {}

  // Requests are taken.
  tl::expected<void, std::string> ready() const;
  // The daemon stops by itself, and will have within `at_most`: do not kill it before.
  tl::expected<void, std::string> stopping(std::chrono::seconds at_most) const;

 private:
  tl::expected<void, std::string> send(const std::string& message) const;

  std::string socket_;
};

}  // namespace transcribed::adapters
