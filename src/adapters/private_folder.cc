#include "adapters/private_folder.h"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "adapters/file_descriptor.h"

namespace transcribed::adapters {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view name_prefix = "work-";

// So that what is inside can be listed and removed.
void make_folders_writable(const fs::path& folder) {
  std::error_code error;
  fs::permissions(folder, fs::perms::owner_all, fs::perm_options::add | fs::perm_options::nofollow,
                  error);
  fs::directory_iterator entries(folder, error);
  while (!error && entries != fs::directory_iterator()) {
    std::error_code ignored;
    if (entries->symlink_status(ignored).type() == fs::file_type::directory) {
      make_folders_writable(entries->path());
    }
    entries.increment(error);
  }
}

// `folder` was just opened. By the system call, as this is looked at after each job and readdir()
// would allocate and ask twice as much.
bool is_empty(const FileDescriptor& folder) {
  alignas(dirent64) char entries[1024];
  for (;;) {
    const ssize_t bytes = ::getdents64(folder.get(), entries, sizeof(entries));
    if (bytes <= 0) return bytes == 0;
    for (ssize_t at = 0; at < bytes;) {
      const auto* entry = reinterpret_cast<const dirent64*>(entries + at);
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") return false;
      at += entry->d_reclen;
    }
  }
}

bool is_as_made(const std::string& folder) {
  const FileDescriptor handle(
      ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat about {};
  if (!handle || ::fstat(handle.get(), &about) != 0) return false;
  if ((about.st_mode & 07777) != 0700 || about.st_uid != ::geteuid()) return false;
  return is_empty(handle);
}

}  // namespace

PrivateFolders::PrivateFolders(std::string parent, std::size_t spare_max)
    : parent_(std::move(parent)), spare_max_(spare_max) {}

tl::expected<std::string, int> PrivateFolders::take() {
  if (!spare_.empty()) {
    std::string folder = std::move(spare_.back());
    spare_.pop_back();
    return folder;
  }
  std::string path = parent_ + "/" + std::string(name_prefix) + "XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) return tl::unexpected(errno);
  return path;
}

bool PrivateFolders::give_back(const std::string& folder) {
  if (spare_.size() < spare_max_ && is_as_made(folder)) {
    spare_.push_back(folder);
    return true;
  }
  return ::rmdir(folder.c_str()) == 0 || errno == ENOENT;
}

void PrivateFolders::remove_spare() {
  for (const std::string& folder : spare_) ::rmdir(folder.c_str());
  spare_.clear();
}

void remove_folder(const std::string& folder) {
  std::error_code error;
  fs::remove_all(folder, error);
  if (!error) return;
  make_folders_writable(folder);
  fs::remove_all(folder, error);
}

void remove_stale_folders(const std::string& parent) {
  std::error_code error;
  for (fs::directory_iterator entries(parent, error); !error && entries != fs::directory_iterator();
       entries.increment(error)) {
    if (entries->path().filename().native().starts_with(name_prefix)) {
      remove_folder(entries->path().native());
    }
  }
}

}  // namespace transcribed::adapters
