#include "client/result_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>
#include <random>
#include <system_error>

#include <fmt/format.h>

#include "client/terminal_text.h"

namespace transcribed::client {

namespace fs = std::filesystem;

namespace {

std::string reason(int error) { return std::generic_category().message(error); }

// Like mkstemp, but with the permissions that the user's umask asks for.
int open_temporary(const fs::path& folder, fs::path& path) {
  std::random_device random;
  for (int tries = 0; tries < 100; ++tries) {
    path = folder / fmt::format(".transcribe-{:08x}", random());
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd >= 0 || errno != EEXIST) return fd;
  }
  return -1;
}

// 0, or the errno.
int move_into_place(const fs::path& from, const fs::path& to, bool overwrite) {
  if (overwrite) return ::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  // A file system without that flag: a hard link refuses to replace as well.
  if (::link(from.c_str(), to.c_str()) == 0) {
    ::unlink(from.c_str());
    return 0;
  }
  if (errno == EEXIST) return EEXIST;
  if (::access(to.c_str(), F_OK) == 0) return EEXIST;
  return ::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
}

}  // namespace

std::optional<std::string> write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return reason(errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return std::nullopt;
}

std::optional<std::string> write_result(const fs::path& path, std::string_view content,
                                        bool overwrite) {
  const std::string shown = escape_controls(path.string());
  const fs::path folder = path.parent_path().empty() ? fs::path(".") : path.parent_path();
  fs::path temporary;
  const int fd = open_temporary(folder, temporary);
  if (fd < 0) return fmt::format("cannot write {}: {}", shown, reason(errno));
  std::optional<std::string> wrong = write_all(fd, content);
  // A full disk may show only here, and a rename must not reach the disk before the content.
  if (!wrong && ::fdatasync(fd) != 0) wrong = reason(errno);
  if (::close(fd) != 0 && !wrong) wrong = reason(errno);
  if (!wrong) {
    const int error = move_into_place(temporary, path, overwrite);
    if (error == 0) return std::nullopt;
    wrong = error == EEXIST ? "it exists by now (--overwrite replaces it)" : reason(error);
  }
  ::unlink(temporary.c_str());
  return fmt::format("cannot write {}: {}", shown, *wrong);
}

}  // namespace transcribed::client
