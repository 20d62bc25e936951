#include "adapters/part_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

namespace transcribed::adapters {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t longest_version = 1'024;

std::string reason(int error) { return std::generic_category().message(error); }

fs::path with_suffix(fs::path path, std::string_view suffix) {
  path += suffix;
  return path;
}

}  // namespace

fs::path PartFile::path_of(const fs::path& target) { return with_suffix(target, ".part"); }
fs::path PartFile::version_path() const { return with_suffix(path_of(target_), ".version"); }

tl::expected<PartFile, PartFile::Problem> PartFile::open(const fs::path& target) {
  const fs::path path = path_of(target);
  for (;;) {
    FileDescriptor file(
        ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644));
    if (!file) return tl::unexpected(Problem{false, reason(errno)});
    struct stat mine {};
    if (::fstat(file.get(), &mine) != 0) return tl::unexpected(Problem{false, reason(errno)});
    if (!S_ISREG(mine.st_mode)) return tl::unexpected(Problem{false, "it is not a file"});
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno == EINTR) continue;
      return tl::unexpected(Problem{errno == EWOULDBLOCK, reason(errno)});
    }
    // Who had it until now may have moved it into place between our two steps.
    struct stat there {};
    if (::lstat(path.c_str(), &there) == 0 && there.st_ino == mine.st_ino &&
        there.st_dev == mine.st_dev) {
      return PartFile(std::move(file), target);
    }
  }
}

std::int64_t PartFile::size() const {
  struct stat info {};
  return ::fstat(file_.get(), &info) == 0 ? info.st_size : 0;
}

std::string PartFile::version() const {
  std::ifstream file(version_path(), std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  // It becomes a line of a request.
  if (text.size() > longest_version || text.find_first_of("\r\n") != std::string::npos) return {};
  return text;
}

void PartFile::set_version(std::string_view version) const {
  // Without it, a later run starts over: no reason to fail this one.
  if (version.empty() || version.size() > longest_version) {
    ::unlink(version_path().c_str());
    return;
  }
  std::ofstream(version_path(), std::ios::binary | std::ios::trunc) << version;
}

std::optional<int> PartFile::write_at(std::int64_t position, std::string_view bytes) const {
  return write_whole(file_.get(), position, bytes);
}

std::optional<int> PartFile::clear() const {
  if (::ftruncate(file_.get(), 0) != 0) return errno;
  return std::nullopt;
}

std::optional<int> PartFile::finish() const {
  if (::fsync(file_.get()) != 0) return errno;
  if (::rename(path_of(target_).c_str(), target_.c_str()) != 0) return errno;
  ::unlink(version_path().c_str());
  return sync_folder(target_.parent_path());
}

void PartFile::remove() const {
  ::unlink(path_of(target_).c_str());
  ::unlink(version_path().c_str());
}

std::optional<int> write_whole(int fd, std::int64_t position, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(fd, bytes.data(), bytes.size(), position);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    position += written;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return std::nullopt;
}

bool is_disk_full(int error) { return error == ENOSPC || error == EDQUOT || error == EFBIG; }

std::optional<std::int64_t> free_bytes(const fs::path& folder) {
  struct statvfs disk {};
  if (::statvfs(folder.c_str(), &disk) != 0) return std::nullopt;
  return static_cast<std::int64_t>(disk.f_bavail) * static_cast<std::int64_t>(disk.f_frsize);
}

std::optional<int> sync_folder(const fs::path& folder) {
  const FileDescriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened || ::fsync(opened.get()) != 0) return errno;
  return std::nullopt;
}

}  // namespace transcribed::adapters
