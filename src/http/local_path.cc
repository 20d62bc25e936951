#include "http/local_path.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <system_error>

namespace transcribed::http {
namespace {

namespace fs = std::filesystem;

bool lies_in(const fs::path& path, const fs::path& folder) {
  return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first ==
         folder.end();
}

tl::unexpected<ApiError> refuse(std::string code, std::string message, int status = 400) {
  auto error = bad_request(std::move(code), std::move(message), "path");
  error.status = status;
  return tl::make_unexpected(std::move(error));
}

}  // namespace

tl::expected<std::string, ApiError> check_local_path(const std::string& path,
                                                     const std::vector<std::string>& allowed) {
  if (path.find('\0') != std::string::npos) {
    return refuse("path_invalid", "The path holds a zero byte.");
  }
  if (!path.starts_with('/')) {
    return refuse("path_relative", "The path \"" + path + "\" is not absolute.");
  }
  if (allowed.empty()) {
    return refuse("path_not_allowed",
                  "No folder is open to submissions by path: name some in storage.allowed_paths.",
                  403);
  }
  const auto outside = [&] {
    return refuse("path_not_allowed",
                  "\"" + path + "\" is not inside a folder of storage.allowed_paths.", 403);
  };

  // Resolves as much of the path as exists, so that a missing file is told from a forbidden one by
  // where it would be.
  std::error_code failure;
  const fs::path real = fs::weakly_canonical(path, failure);
  if (failure) return outside();
  const bool inside = std::any_of(allowed.begin(), allowed.end(), [&](const std::string& folder) {
    std::error_code not_there;
    const auto root = fs::canonical(folder, not_there);
    return !not_there && lies_in(real, root);
  });
  if (!inside) return outside();

  // O_NONBLOCK: opening a FIFO must not wait for its writer. O_NOFOLLOW: what is still a link now
  // leads nowhere, or was put there after the look above.
  const int fd = open(real.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW);
  if (fd < 0) {
    const int number = errno;
    if (number == ENOENT || number == ENOTDIR || number == ELOOP) {
      return refuse("file_not_found", "There is no file \"" + path + "\".");
    }
    return refuse("file_not_readable", "The daemon cannot read \"" + path +
                                           "\": " + std::generic_category().message(number) + ".");
  }
  struct stat info {};
  const int result = fstat(fd, &info);
  // What was opened must be what was looked at, whoever swaps folders for links meanwhile.
  const auto opened = fs::read_symlink("/proc/self/fd/" + std::to_string(fd), failure);
  close(fd);
  if (failure || opened != real) return outside();
  if (result != 0) return refuse("file_not_readable", "The daemon cannot read \"" + path + "\".");
  if (S_ISDIR(info.st_mode)) {
    return refuse("path_is_folder", "\"" + path + "\" is a folder; name one recording.");
  }
  if (!S_ISREG(info.st_mode))
    return refuse("not_a_file", "\"" + path + "\" is not a regular file.");
  if (info.st_size == 0) return refuse("file_empty", "The file \"" + path + "\" is empty.");
  return real.string();
}

}  // namespace transcribed::http
