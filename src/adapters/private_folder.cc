#include "adapters/private_folder.h"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>

#include <unistd.h>

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

}  // namespace

tl::expected<std::string, int> make_private_folder(const std::string& parent) {
  std::string path = parent + "/" + std::string(name_prefix) + "XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) return tl::unexpected(errno);
  return path;
}

bool remove_empty_folder(const std::string& folder) {
  return ::rmdir(folder.c_str()) == 0 || errno == ENOENT;
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
