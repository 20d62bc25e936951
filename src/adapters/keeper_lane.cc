#include "adapters/keeper_lane.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <limits>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>
#include <boost/asio/buffer.hpp>

#include "adapters/file_descriptor.h"
#include "adapters/leftovers.h"

namespace transcribed::adapters {
namespace {

using wire::keeper::Request;

constexpr std::size_t fds_max = 4;
// File actions copy to 3, 4, ...: the sources must stand clear of those.
constexpr int first_free_fd = 32;

std::string error_text(int error) { return std::generic_category().message(error); }

FileDescriptor lifted(int fd) {
  return FileDescriptor(::fcntl(fd, F_DUPFD_CLOEXEC, first_free_fd));
}

// Starts the keeper in a session of its own, with an empty environment; or an errno.
int spawn(const std::string& program, int socket, std::span<const int> kept_fds, pid_t& pid) {
  std::vector<FileDescriptor> sources;
  sources.push_back(lifted(socket));
  for (const int fd : kept_fds) sources.push_back(lifted(fd));
  for (const FileDescriptor& source : sources) {
    if (!source) return EMFILE;
  }
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  if (const int error = posix_spawn_file_actions_init(&actions); error != 0) return error;
  int error = posix_spawnattr_init(&attributes);
  const auto also = [&error](int result) { error = error != 0 ? error : result; };
  for (int fd = 0; fd < 3; ++fd) {
    also(posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0));
  }
  for (std::size_t i = 0; i < sources.size(); ++i) {
    also(posix_spawn_file_actions_adddup2(&actions, sources[i].get(),
                                          wire::keeper::socket_fd + static_cast<int>(i)));
  }
  also(posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID));
  std::string name = "transcribed-keeper";
  std::string kept = std::to_string(kept_fds.size());
  char* const argv[] = {name.data(), kept.data(), nullptr};
  char* const environment[] = {nullptr};
  if (error == 0) {
    error = ::posix_spawn(&pid, program.c_str(), &actions, &attributes, argv, environment);
  }
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  return error;
}

void limit_open_files(pid_t pid, std::uint64_t soft) {
  rlimit limit{};
  if (::prlimit(pid, RLIMIT_NOFILE, nullptr, &limit) != 0) return;
  limit.rlim_cur = std::min<rlim_t>(soft, limit.rlim_max);
  ::prlimit(pid, RLIMIT_NOFILE, &limit, nullptr);
}

FileDescriptor strings_file(const std::string& strings) {
  FileDescriptor file(::memfd_create("transcribed-launch", MFD_CLOEXEC));
  for (std::size_t at = 0; file && at < strings.size();) {
    const ssize_t put = ::write(file.get(), strings.data() + at, strings.size() - at);
    if (put < 0) return FileDescriptor();
    at += static_cast<std::size_t>(put);
  }
  return file;
}

}  // namespace

tl::expected<std::shared_ptr<KeeperLane>, std::string> KeeperLane::start(
    boost::asio::io_context& loop, const std::string& program, std::span<const int> kept_fds,
    std::uint64_t open_files, Handlers handlers) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return tl::unexpected(fmt::format("no socket for a keeper: {}", error_text(errno)));
  }
  FileDescriptor ours(ends[0]);
  const FileDescriptor theirs(ends[1]);
  pid_t pid = 0;
  if (const int error = spawn(program, theirs.get(), kept_fds, pid); error != 0) {
    return tl::unexpected(
        fmt::format("cannot start the keeper {}: {}", program, error_text(error)));
  }
  // It waits for its first word from us.
  if (open_files != 0) limit_open_files(pid, open_files);
  auto lane = std::make_shared<KeeperLane>(loop, ours.release(), pid, std::move(handlers));
  lane->listen();
  return lane;
}

KeeperLane::KeeperLane(boost::asio::io_context& loop, int socket, pid_t pid, Handlers handlers)
    : socket_(loop, socket),
      pid_(pid),
      marker_(std::string(keeper_variable) + "=" + random_id()),
      handlers_(std::move(handlers)) {
  socket_.native_non_blocking(true);
}

void KeeperLane::listen() {
  socket_.async_read_some(
      boost::asio::buffer(&answer_, sizeof(answer_)),
      [self = shared_from_this()](const boost::system::error_code& error, std::size_t size) {
        if (!self->socket_.is_open()) return;  // left
        if (error || size != sizeof(answer_)) {
          self->socket_.close();
          // If it is not dead already it is beyond use; what it had dies with it or is swept.
          ::kill(self->pid_, SIGKILL);
          self->reap();
          self->handlers_.on_gone(*self);
          self->handlers_ = {};
          return;
        }
        const wire::keeper::Answer answer = self->answer_;
        self->listen();
        self->handlers_.on_answer(*self, answer);
      });
}

int KeeperLane::launch(const LaunchPacket& packet, std::span<const int> fds) {
  std::array<int, fds_max> all{};
  std::size_t count = fds.size();
  std::copy(fds.begin(), fds.end(), all.begin());
  FileDescriptor file;
  Request request = packet.request;
  std::array<iovec, 2> parts{{{&request, sizeof(request)},
                              {const_cast<char*>(packet.strings.data()), packet.strings.size()}}};
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = 2;
  if (request.strings_in_memfd != 0) {
    file = strings_file(packet.strings);
    if (!file) return errno;
    all[count++] = file.get();
    message.msg_iovlen = 1;
  }
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(all))> control{};
  message.msg_control = control.data();
  message.msg_controllen = CMSG_SPACE(count * sizeof(int));
  cmsghdr* const header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(count * sizeof(int));
  std::memcpy(CMSG_DATA(header), all.data(), count * sizeof(int));
  return ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL) < 0 ? errno : 0;
}

void KeeperLane::end(std::chrono::milliseconds grace) {
  constexpr std::int64_t longest = std::numeric_limits<std::uint32_t>::max();
  Request request{};
  request.kind = wire::keeper::RequestKind::end;
  request.grace_ms =
      static_cast<std::uint32_t>(std::clamp<std::int64_t>(grace.count(), 0, longest));
  // Hundreds of these fit into the socket's buffer; when they do not, the keeper hangs in exec (a
  // file system that does not answer) and has enough of them to read.
  ::send(socket_.native_handle(), &request, sizeof(request), MSG_NOSIGNAL);
}

void KeeperLane::retire() { ::shutdown(socket_.native_handle(), SHUT_WR); }

void KeeperLane::leave() {
  handlers_ = {};
  socket_.close();
}

void KeeperLane::wait_until_gone(std::chrono::milliseconds limit) {
  const FileDescriptor keeper(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  pollfd gone{.fd = keeper.get(), .events = POLLIN, .revents = 0};
  if (keeper && ::poll(&gone, 1, static_cast<int>(limit.count())) == 1) reap();
}

void KeeperLane::reap() {
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace transcribed::adapters
