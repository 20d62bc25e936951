#include "adapters/model_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <string_view>
#include <system_error>

namespace transcribed::adapters {
namespace {

std::string cannot_be_read(int error) {
  return "cannot be read: " + std::generic_category().message(error);
}

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

}  // namespace

tl::expected<FileDescriptor, std::string> open_model_file(const std::filesystem::path& file) {
  FileDescriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!opened) {
    return tl::unexpected(errno == ENOENT ? std::string(file_not_there) : cannot_be_read(errno));
  }
  struct stat info {};
  if (::fstat(opened.get(), &info) != 0) return tl::unexpected(cannot_be_read(errno));
  if (S_ISDIR(info.st_mode)) return tl::unexpected(std::string("is a folder, not a model's file"));
  if (!S_ISREG(info.st_mode)) return tl::unexpected(std::string("is not a regular file"));
  return opened;
}

tl::expected<wire::GgmlHeader, std::string> ggml_header_of(const FileDescriptor& file) {
  std::array<char, wire::ggml_header_bytes> head{};
  const ssize_t got = ::pread(file.get(), head.data(), head.size(), 0);
  if (got < 0) return tl::unexpected(cannot_be_read(errno));
  return wire::parse_ggml_header(std::string_view(head.data(), static_cast<std::size_t>(got)));
}

tl::expected<wire::WhisperFile, std::string> whisper_file_of(const FileDescriptor& file) {
  FileDescriptor again(::fcntl(file.get(), F_DUPFD_CLOEXEC, 0));
  struct stat info {};
  if (!again || ::fstat(again.get(), &info) != 0) return tl::unexpected(cannot_be_read(errno));
  const std::unique_ptr<std::FILE, Close> stream(::fdopen(again.get(), "rb"));
  if (!stream) return tl::unexpected(cannot_be_read(errno));
  (void)again.release();
  std::rewind(stream.get());
  return wire::read_whisper_file(stream.get(), info.st_size);
}

std::optional<std::string> why_not_loadable(const std::filesystem::path& file) {
  const auto opened = open_model_file(file);
  if (!opened) return opened.error();
  const auto header = ggml_header_of(*opened);
  if (header) return std::nullopt;
  return header.error();
}

}  // namespace transcribed::adapters
