#include "media/input_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

extern "C" {
#include <libavformat/avio.h>
#include <libavutil/error.h>
#include <libavutil/mem.h>
}

namespace transcribed::media {
namespace {

constexpr int buffer_bytes = 64 * 1024;

std::string reason(int error) { return std::generic_category().message(error); }

}  // namespace

tl::expected<std::unique_ptr<InputFile>, core::Failure> InputFile::open(const std::string& path) {
  using core::FailureKind;
  // A FIFO would block the open for ever; it is refused below.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) {
    const int error = errno;
    const bool system_is_short =
        error == EMFILE || error == ENFILE || error == ENOMEM || error == EIO;
    return tl::unexpected(
        core::Failure{system_is_short ? FailureKind::internal : FailureKind::bad_media,
                      "cannot open " + path + ": " + reason(error)});
  }
  std::unique_ptr<InputFile> file(new InputFile(descriptor));
  struct stat status {};
  if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
    return tl::unexpected(core::Failure{FailureKind::bad_media, path + " is not a regular file"});
  }
  if (status.st_size == 0) {
    return tl::unexpected(
        core::Failure{FailureKind::bad_media, "the recording is empty (0 bytes)"});
  }
  auto* buffer = static_cast<unsigned char*>(av_malloc(buffer_bytes));
  if (buffer != nullptr) {
    file->context_ = avio_alloc_context(buffer, buffer_bytes, 0, file.get(), &InputFile::read,
                                        nullptr, &InputFile::seek);
  }
  if (file->context_ == nullptr) {
    av_free(buffer);
    return tl::unexpected(core::Failure{FailureKind::out_of_memory, "no memory to read " + path});
  }
  return file;
}

InputFile::~InputFile() {
  if (context_ != nullptr) {
    // FFmpeg may have replaced the buffer by a larger one.
    av_freep(&context_->buffer);
    avio_context_free(&context_);
  }
  ::close(descriptor_);
}

int InputFile::read(void* self, unsigned char* into, int size) {
  auto* file = static_cast<InputFile*>(self);
  ssize_t count = 0;
  do {
    count = ::read(file->descriptor_, into, static_cast<std::size_t>(size));
  } while (count < 0 && errno == EINTR);
  if (count > 0) return static_cast<int>(count);
  if (count == 0) return AVERROR_EOF;
  file->read_error_ = errno;
  return AVERROR(file->read_error_);
}

std::int64_t InputFile::seek(void* self, std::int64_t offset, int whence) {
  auto* file = static_cast<InputFile*>(self);
  if (whence == AVSEEK_SIZE) {
    struct stat status {};
    if (::fstat(file->descriptor_, &status) != 0) return AVERROR(errno);
    return status.st_size;
  }
  const off_t position = ::lseek(file->descriptor_, offset, whence & ~AVSEEK_FORCE);
  return position < 0 ? AVERROR(errno) : position;
}

}  // namespace transcribed::media
