#include "http/recording_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "http/local_path.h"

namespace transcribed::http {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 21> types{
    {{"aac", "audio/aac"},        {"aif", "audio/aiff"},       {"aiff", "audio/aiff"},
     {"amr", "audio/amr"},        {"avi", "video/x-msvideo"},  {"flac", "audio/flac"},
     {"m4a", "audio/mp4"},        {"m4b", "audio/mp4"},        {"m4v", "video/mp4"},
     {"mka", "audio/x-matroska"}, {"mkv", "video/x-matroska"}, {"mov", "video/quicktime"},
     {"mp3", "audio/mpeg"},       {"mp4", "video/mp4"},        {"oga", "audio/ogg"},
     {"ogg", "audio/ogg"},        {"ogv", "video/ogg"},        {"opus", "audio/ogg"},
     {"wav", "audio/wav"},        {"webm", "video/webm"},      {"wma", "audio/x-ms-wma"}}};

tl::unexpected<ApiError> gone(std::string message) {
  ApiError error;
  error.status = 404;
  error.code = "recording_gone";
  error.message = std::move(message);
  return tl::make_unexpected(std::move(error));
}

tl::unexpected<ApiError> unreadable(int number) {
  ApiError error;
  error.status = 500;
  error.code = "recording_not_readable";
  error.message = "The recording cannot be read: " + std::generic_category().message(number) + ".";
  return tl::make_unexpected(std::move(error));
}

}  // namespace

tl::expected<RecordingFile, ApiError> RecordingFile::open(const core::Audio& audio,
                                                          const std::vector<std::string>& allowed) {
  if (!audio.owned) {
    const auto checked = check_local_path(audio.path, allowed);
    if (!checked) return gone("The recording cannot be had any more: " + checked.error().message);
  }
  // Not waiting: what stands there now may be a FIFO.
  adapters::FileDescriptor file(
      ::open(audio.path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file) {
    if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP) return unreadable(errno);
    return gone("The recording is not at \"" + audio.path + "\" any more.");
  }
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return unreadable(errno);
  std::error_code failure;
  const auto real =
      std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(file.get()), failure);
  // An upload's folder is the daemon's own and may be reached through links; the rest was resolved
  // when it was submitted.
  if (!S_ISREG(info.st_mode) || failure || (!audio.owned && real != audio.path)) {
    return gone("What is at \"" + audio.path + "\" now is not the recording that was submitted.");
  }
  return RecordingFile(std::move(file), static_cast<std::uint64_t>(info.st_size));
}

tl::expected<std::string, ApiError> RecordingFile::read(std::uint64_t first,
                                                        std::size_t length) const {
  std::string bytes(length, '\0');
  std::size_t got = 0;
  while (got < length) {
    const auto n =
        ::pread(file_.get(), bytes.data() + got, length - got, static_cast<off_t>(first + got));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return unreadable(errno);
    if (n == 0) return gone("The recording has become shorter while it was read.");
    got += static_cast<std::size_t>(n);
  }
  return bytes;
}

std::string_view recording_type(std::string_view name) {
  const auto dot = name.rfind('.');
  if (dot == std::string_view::npos) return "application/octet-stream";
  std::string extension(name.substr(dot + 1));
  std::ranges::transform(extension, extension.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  const auto* found =
      std::ranges::find(types, extension, [](const auto& one) { return one.first; });
  return found == types.end() ? std::string_view("application/octet-stream") : found->second;
}

}  // namespace transcribed::http
