#include "daemon/data_folder.h"

#include <system_error>

#include <fmt/format.h>

namespace transcribed::daemon {
namespace fs = std::filesystem;

tl::expected<DataFolder, std::string> open_data_folder(const fs::path& root) {
  DataFolder folder{root};
  for (const fs::path& path : {root, folder.uploads(), folder.temporary()}) {
    std::error_code error;
    const bool is_new = fs::create_directories(path, error);
    if (error) {
      return tl::make_unexpected(
          fmt::format("the data folder {} cannot be made: {}; name another with --data-dir",
                      path.string(), error.message()));
    }
    if (is_new) fs::permissions(path, fs::perms::owner_all, error);
  }
  return folder;
}

std::vector<core::JobId> sweep_files(const DataFolder& folder) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder.temporary(), error)) {
    std::error_code ignored;
    fs::remove_all(entry.path(), ignored);
  }
  std::vector<core::JobId> uploads;
  for (const auto& entry : fs::directory_iterator(folder.uploads(), error)) {
    const fs::path& path = entry.path();
    if (const auto id = core::JobId::parse(path.filename().string())) {
      uploads.push_back(*id);
    } else if (path.extension() == ".part") {
      std::error_code ignored;
      fs::remove(path, ignored);
    }
  }
  return uploads;
}

}  // namespace transcribed::daemon
