#include "http/local_path.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "adapters/file_descriptor.h"
#include "wire/sha256.h"

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

std::string through_proc(const adapters::FileDescriptor& file) {
  return "/proc/self/fd/" + std::to_string(file.get());
}

// What a path leads to, held open by name only: no device is touched and no FIFO waited for, and
// what is looked at afterwards is this very file, whoever swaps folders for links meanwhile.
struct Located {
  adapters::FileDescriptor file;
  std::string real;  // where it lies, all links resolved
  int error = 0;     // why there is no `file`
};

Located locate(const std::string& path) {
  Located found;
  found.file.reset(::open(path.c_str(), O_PATH | O_CLOEXEC));
  std::error_code failure;
  if (!found.file) {
    found.error = errno;
  } else if (auto real = fs::read_symlink(through_proc(found.file), failure); !failure) {
    found.real = std::move(real).string();
  } else {
    found.error = failure.value();
    found.file.reset();
  }
  return found;
}

tl::unexpected<ApiError> unreachable(const std::string& path, int number) {
  if (number == ENOENT || number == ENOTDIR || number == ELOOP) {
    return refuse("file_not_found", "There is no file \"" + path + "\".");
  }
  return refuse("file_not_readable", "The daemon cannot read \"" + path +
                                         "\": " + std::generic_category().message(number) + ".");
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

  const Located found = locate(path);
  // Of what cannot be reached, as much as exists is resolved: a missing file is told from a
  // forbidden one by where it would be.
  std::error_code failure;
  const fs::path real = found.file ? fs::path(found.real) : fs::weakly_canonical(path, failure);
  if (failure) return outside();
  const bool inside = std::any_of(allowed.begin(), allowed.end(), [&](const std::string& folder) {
    const Located root = locate(folder);
    return root.file && lies_in(real, root.real);
  });
  if (!inside) return outside();

  if (!found.file) return unreachable(path, found.error);
  struct stat info {};
  if (::fstat(found.file.get(), &info) != 0) return unreachable(path, errno);
  if (S_ISDIR(info.st_mode)) {
    return refuse("path_is_folder", "\"" + path + "\" is a folder; name one recording.");
  }
  if (!S_ISREG(info.st_mode))
    return refuse("not_a_file", "\"" + path + "\" is not a regular file.");
  if (info.st_size == 0) return refuse("file_empty", "The file \"" + path + "\" is empty.");
  if (::access(through_proc(found.file).c_str(), R_OK) != 0) return unreachable(path, errno);
  return found.real;
}

tl::expected<std::string, ApiError> content_sha256(const std::string& path) {
  const adapters::FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return unreachable(path, errno);
  std::vector<char> piece(std::size_t{1} << 20);
  wire::Sha256 content;
  while (true) {
    const ssize_t got = ::read(file.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return unreachable(path, errno);
    if (got == 0) return content.hex();
    content.add({piece.data(), static_cast<std::size_t>(got)});
  }
}

}  // namespace transcribed::http
