#include "adapters/private_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

#include <fmt/format.h>

#include "adapters/file_descriptor.h"

namespace transcribed::adapters {
namespace {

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

}  // namespace

tl::expected<void, std::string> write_private_file(const std::filesystem::path& file,
                                                   std::string_view text) {
  const std::string fresh = file.string() + ".new";
  const auto failed = [&] {
    const int why = errno;
    ::unlink(fresh.c_str());
    return tl::unexpected(fmt::format("cannot write {}: {}", file.string(),
                                      std::generic_category().message(why)));
  };
  const FileDescriptor out(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!out || !write_all(out.get(), text) || ::fsync(out.get()) != 0) return failed();
  if (::rename(fresh.c_str(), file.c_str()) != 0) return failed();
  const FileDescriptor parent(
      ::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!parent || ::fsync(parent.get()) != 0) return failed();
  return {};
}

}  // namespace transcribed::adapters
