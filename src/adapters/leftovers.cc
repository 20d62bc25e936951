#include "adapters/leftovers.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <map>

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <fmt/format.h>

#include "adapters/file_descriptor.h"

namespace transcribed::adapters {
namespace {

using Clock = std::chrono::steady_clock;

// Read in pieces with an overlap, as an environment may be megabytes long.
bool carries(pid_t pid, std::string_view marker) {
  const FileDescriptor file(
      ::open(fmt::format("/proc/{}/environ", pid).c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return false;
  std::string lines(1, '\0');  // as if a line had ended before the first
  const std::string wanted = '\0' + std::string(marker) + '\0';
  std::array<char, 16384> piece;
  for (;;) {
    const ssize_t got = ::read(file.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    lines.append(piece.data(), static_cast<std::size_t>(got));
    if (lines.find(wanted) != std::string::npos) return true;
    if (lines.size() >= wanted.size()) lines.erase(0, lines.size() - wanted.size() + 1);
  }
  // A program may have written over its environment's end.
  lines.push_back('\0');
  return lines.find(wanted) != std::string::npos;
}

std::map<pid_t, FileDescriptor> find_marked(std::string_view marker) {
  std::map<pid_t, FileDescriptor> found;
  DIR* const processes = ::opendir("/proc");
  if (processes == nullptr) return found;
  while (const dirent* entry = ::readdir(processes)) {
    const std::string_view name = entry->d_name;
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error != std::errc() || end != name.data() + name.size() || pid == ::getpid()) continue;
    if (!carries(pid, marker)) continue;
    // The number may have passed to another process since: hold whoever has it now and look again.
    FileDescriptor held(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (held && carries(pid, marker)) found.emplace(pid, std::move(held));
  }
  ::closedir(processes);
  return found;
}

bool gone(const FileDescriptor& process, Clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
  pollfd end{.fd = process.get(), .events = POLLIN, .revents = 0};
  return ::poll(&end, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0))) == 1;
}

}  // namespace

std::string random_id() {
  std::array<unsigned char, 16> bytes{};
  // Never short nor interrupted for so few bytes, once the kernel has its first entropy.
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    std::abort();
  std::string text;
  for (const unsigned char byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

Swept sweep_marked(std::string_view marker, std::chrono::milliseconds limit) {
  const Clock::time_point deadline = Clock::now() + limit;
  Swept swept;
  for (;;) {
    const std::map<pid_t, FileDescriptor> found = find_marked(marker);
    for (const auto& [pid, process] : found) {
      ::syscall(SYS_pidfd_send_signal, process.get(), SIGKILL, nullptr, 0);
    }
    swept.remaining = 0;
    for (const auto& [pid, process] : found) {
      ++(gone(process, deadline) ? swept.killed : swept.remaining);
    }
    if (found.empty() || swept.remaining > 0 || Clock::now() >= deadline) return swept;
  }
}

Swept sweep_leftovers(const std::string& data_folder_id, std::chrono::milliseconds limit) {
  return sweep_marked(fmt::format("{}={}", data_folder_variable, data_folder_id), limit);
}

}  // namespace transcribed::adapters
