#include "adapters/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "adapters/file_descriptor.h"

namespace transcribed::adapters {

ServiceManager ServiceManager::of_this_process() {
  const char* socket = std::getenv("NOTIFY_SOCKET");
  ServiceManager manager(socket == nullptr ? "" : socket);
  ::unsetenv("NOTIFY_SOCKET");
  return manager;
}

tl::expected<void, std::string> ServiceManager::ready() const { return send("READY=1"); }

tl::expected<void, std::string> ServiceManager::stopping(std::chrono::seconds at_most) const {
  return send(fmt::format("STOPPING=1\nEXTEND_TIMEOUT_USEC={}",
                          std::chrono::microseconds(at_most).count()));
}

tl::expected<void, std::string> ServiceManager::send(const std::string& message) const {
  if (socket_.empty()) return {};
  const auto failed = [this](const char* why) {
    return tl::unexpected(fmt::format(
        "The service manager at {} (NOTIFY_SOCKET) could not be told: {}", socket_, why));
  };
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_.size() >= sizeof address.sun_path) return failed("the name is too long");
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (socket_.front() == '@') address.sun_path[0] = '\0';

  const FileDescriptor fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return failed(std::strerror(errno));
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  if (::sendto(fd.get(), message.data(), message.size(), MSG_NOSIGNAL,
               reinterpret_cast<const sockaddr*>(&address), length) < 0) {
    return failed(std::strerror(errno));
  }
  return {};
}

}  // namespace transcribed::adapters
