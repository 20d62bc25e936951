#include "adapters/data_folder_lock.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <fstream>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "adapters/leftovers.h"

namespace transcribed::adapters {
namespace {

using Clock = std::chrono::steady_clock;
// The kernel has no flock with a limit; this is how often we ask.
constexpr std::chrono::milliseconds ask_again{20};

std::string error_text(int error) { return std::generic_category().message(error); }

// Who wrote the lock last; 0 when it cannot be read.
pid_t holder_of(int file) {
  std::array<char, 32> text{};
  const ssize_t got = ::pread(file, text.data(), text.size(), 0);
  pid_t pid = 0;
  if (got > 0) std::from_chars(text.data(), text.data() + got, pid);
  return pid;
}

std::string in_use(const std::string& folder, pid_t holder) {
  if (holder == 0) return fmt::format("data folder {} is in use by another transcribed", folder);
  if (::kill(holder, 0) != 0 && errno == ESRCH) {
    return fmt::format(
        "data folder {} is in use: transcribed, pid {}, has ended, but engines it started are "
        "still "
        "being ended",
        folder, holder);
  }
  return fmt::format("data folder {} is in use by transcribed, pid {}", folder, holder);
}

// The lock of who is there to stay. It belongs to an open file of its own, which closes with its
// process: keepers do not inherit it.
struct flock staying_mark() {
  struct flock mark {};
  mark.l_type = F_WRLCK;
  mark.l_whence = SEEK_SET;
  mark.l_len = 1;
  return mark;
}

FileDescriptor stay(const std::string& path) {
  FileDescriptor own(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  struct flock mark = staying_mark();
  // Without it others wait for us a little before they give up.
  if (own && ::fcntl(own.get(), F_OFD_SETLK, &mark) != 0) own.reset();
  return own;
}

bool holder_stays(int file) {
  struct flock mark = staying_mark();
  return ::fcntl(file, F_OFD_GETLK, &mark) == 0 && mark.l_type != F_UNLCK;
}

// Which folder this is on this machine, so that a copy is noticed.
tl::expected<std::string, std::string> place_of(const std::string& folder) {
  struct stat about {};
  if (::stat(folder.c_str(), &about) != 0) {
    return tl::unexpected(fmt::format("cannot look at {}: {}", folder, error_text(errno)));
  }
  return fmt::format("{}:{}", about.st_dev, about.st_ino);
}

// Under the lock. Nothing that runs survives a power loss, so the file need not either: no fsync.
tl::expected<std::string, std::string> read_or_make_id(const std::string& folder) {
  const auto place = place_of(folder);
  if (!place) return tl::unexpected(place.error());
  const std::string path = folder + "/folder-id";
  std::string id;
  std::string stored_place;
  std::ifstream(path) >> id >> stored_place;
  if (id.size() == 32 && stored_place == *place) return id;
  id = random_id();
  const std::string fresh = path + ".new";
  std::ofstream file(fresh, std::ios::trunc);
  file << id << ' ' << *place << '\n';
  file.close();
  if (!file || std::rename(fresh.c_str(), path.c_str()) != 0) {
    return tl::unexpected(fmt::format("cannot write {}: {}", path, error_text(errno)));
  }
  return id;
}

}  // namespace

tl::expected<DataFolderLock, std::string> DataFolderLock::take(
    const std::string& folder, std::chrono::milliseconds limit,
    const std::function<void(std::string_view)>& on_waiting) {
  const std::string path = folder + "/lock";
  FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!file) return tl::unexpected(fmt::format("cannot open {}: {}", path, error_text(errno)));
  const Clock::time_point deadline = Clock::now() + limit;
  bool told = false;
  while (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) {
      return tl::unexpected(fmt::format("cannot lock {}: {}", path, error_text(errno)));
    }
    const std::string sentence = in_use(folder, holder_of(file.get()));
    if (holder_stays(file.get())) {
      return tl::unexpected(sentence + "; stop that one, or name another folder with --data-dir");
    }
    if (Clock::now() >= deadline) return tl::unexpected(sentence);
    if (!told && on_waiting) on_waiting(sentence + "; waiting for it");
    told = true;
    std::this_thread::sleep_for(ask_again);
  }
  // Only for the sentence above; on a full disk the lock holds all the same.
  const std::string own = fmt::format("{}\n", ::getpid());
  if (::ftruncate(file.get(), 0) == 0) {
    [[maybe_unused]] const ssize_t put = ::pwrite(file.get(), own.data(), own.size(), 0);
  }
  auto id = read_or_make_id(folder);
  if (!id) return tl::unexpected(id.error());
  return DataFolderLock(std::move(file), stay(path), std::move(*id));
}

}  // namespace transcribed::adapters
