#include "client/folder_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "client/recordings.h"
#include "client/terminal_text.h"

namespace transcribed::client {

namespace fs = std::filesystem;
using Kind = FolderEvent::Kind;

namespace {

constexpr unsigned mask_of_interest = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE |
                                      IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR |
                                      IN_EXCL_UNLINK;

bool is_below(const fs::path& path, const fs::path& folder) {
  const auto [rest, ignored] =
      std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
  return rest == folder.end();
}

std::string why(int error) {
  if (error == ENOSPC) {
    return "no more folders can be watched (fs.inotify.max_user_watches; raise it, or use --poll)";
  }
  return std::generic_category().message(error);
}

}  // namespace

FolderWatch::FolderWatch(int fd, fs::path root, bool recursive)
    : fd_(fd), root_(std::move(root)), recursive_(recursive) {}

FolderWatch::FolderWatch(FolderWatch&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      root_(std::move(other.root_)),
      recursive_(other.recursive_),
      folders_(std::move(other.folders_)),
      problems_(std::move(other.problems_)) {}

FolderWatch::~FolderWatch() {
  if (fd_ >= 0) ::close(fd_);
}

tl::expected<FolderWatch, std::string> FolderWatch::open(const fs::path& root, bool recursive) {
  const int fd = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  if (fd < 0) {
    return tl::make_unexpected(
        fmt::format("cannot watch {}: {}", escape_controls(root.string()), why(errno)));
  }
  FolderWatch watch(fd, root, recursive);
  watch.watch_anew();
  if (watch.folders_.empty()) return tl::make_unexpected(watch.problems_.front());
  return watch;
}

void FolderWatch::watch_anew() {
  if (recursive_) {
    add_with_all_below(root_);
  } else {
    add(root_);
  }
}

bool FolderWatch::add(const fs::path& folder) {
  const int wd = ::inotify_add_watch(fd_, folder.c_str(), mask_of_interest);
  if (wd >= 0) {
    folders_[wd] = folder;
    return true;
  }
  // One that is gone again already is nobody's trouble.
  if (folder == root_ || (errno != ENOENT && errno != ENOTDIR)) {
    problems_.push_back(
        fmt::format("cannot watch {}: {}", escape_controls(folder.string()), why(errno)));
  }
  return false;
}

void FolderWatch::add_with_all_below(const fs::path& folder) {
  if (!add(folder)) return;
  std::error_code ec;
  fs::directory_iterator entry(folder, ec);
  for (; !ec && entry != fs::directory_iterator(); entry.increment(ec)) {
    std::error_code unknown;
    if (!is_hidden(entry->path()) && fs::is_directory(entry->symlink_status(unknown))) {
      add_with_all_below(entry->path());
    }
  }
}

void FolderWatch::forget(const fs::path& folder) {
  for (auto at = folders_.begin(); at != folders_.end();) {
    if (is_below(at->second, folder)) {
      ::inotify_rm_watch(fd_, at->first);
      at = folders_.erase(at);
    } else {
      ++at;
    }
  }
}

std::vector<FolderEvent> FolderWatch::take() {
  std::vector<FolderEvent> events;
  alignas(inotify_event) std::array<char, 64 * 1024> buffer;
  for (;;) {
    const ssize_t got = ::read(fd_, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return events;
    for (ssize_t at = 0; at < got;) {
      inotify_event head{};
      std::memcpy(&head, buffer.data() + at, sizeof head);
      const char* const name = buffer.data() + at + sizeof head;  // ends with a zero, if any
      read_one(head.wd, head.mask, head.len > 0 ? std::string(name) : std::string(), events);
      at += static_cast<ssize_t>(sizeof head + head.len);
    }
  }
}

void FolderWatch::read_one(int wd, unsigned mask, const std::string& name,
                           std::vector<FolderEvent>& events) {
  if ((mask & IN_Q_OVERFLOW) != 0) {
    events.push_back({Kind::overflow, root_});
    return;
  }
  const auto found = folders_.find(wd);
  if (found == folders_.end()) return;  // of a folder we let go of
  const fs::path folder = found->second;
  if ((mask & IN_IGNORED) != 0) {
    folders_.erase(found);
    return;
  }
  if ((mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT)) != 0) {
    if (folder == root_) events.push_back({Kind::lost, root_});
    return;
  }
  const fs::path path = folder / name;
  if (name.empty() || is_hidden(path)) return;
  if ((mask & IN_ISDIR) != 0) {
    if (recursive_) read_folder(mask, path, events);
  } else if ((mask & (IN_CLOSE_WRITE | IN_MOVED_TO)) != 0) {
    events.push_back({Kind::complete, path});
  } else if ((mask & IN_CREATE) != 0) {
    events.push_back({Kind::created, path});
  } else if ((mask & (IN_DELETE | IN_MOVED_FROM)) != 0) {
    events.push_back({Kind::gone, path});
  }
}

void FolderWatch::read_folder(unsigned mask, const fs::path& path,
                              std::vector<FolderEvent>& events) {
  if ((mask & (IN_CREATE | IN_MOVED_TO)) != 0) {
    // What it holds may have come before the watch did.
    add_with_all_below(path);
    events.push_back({Kind::unknown, path});
  } else if ((mask & (IN_MOVED_FROM | IN_DELETE)) != 0) {
    forget(path);
    events.push_back({Kind::gone, path});
  }
}

std::vector<std::string> FolderWatch::take_problems() { return std::exchange(problems_, {}); }

}  // namespace transcribed::client
