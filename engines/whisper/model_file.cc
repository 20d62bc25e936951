#include "whisper/model_file.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <utility>

#include <fmt/format.h>

namespace transcribed::whisper {
namespace {

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

core::Failure failure(std::string sentence) {
  return {core::FailureKind::internal, std::move(sentence)};
}

}  // namespace

tl::expected<wire::WhisperFile, core::Failure> read_model_file(const std::string& path) {
  if (path.empty()) return tl::unexpected(failure("No Whisper model file is configured."));
  struct stat status {};
  // Asked before it is opened: opening a FIFO would wait for a writer.
  if (::stat(path.c_str(), &status) != 0) {
    return tl::unexpected(failure(
        fmt::format("The Whisper model {} cannot be read: {}.", path, std::strerror(errno))));
  }
  if (!S_ISREG(status.st_mode)) {
    return tl::unexpected(failure(fmt::format("The Whisper model {} is not a file.", path)));
  }
  const std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "rbe"));
  if (!file) {
    return tl::unexpected(failure(
        fmt::format("The Whisper model {} cannot be read: {}.", path, std::strerror(errno))));
  }
  const auto model = wire::read_whisper_file(file.get(), status.st_size);
  if (!model) {
    return tl::unexpected(failure(fmt::format("The Whisper model {} {}.", path, model.error())));
  }
  return *model;
}

}  // namespace transcribed::whisper
