// One regular file, read by FFmpeg through our own descriptor: FFmpeg opens nothing itself, so a
// hostile playlist finds no way to other files or to the network.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <tl/expected.hpp>

#include "core/failure.h"

struct AVIOContext;

namespace transcribed::media {

// One thread. Owns the descriptor and FFmpeg's view of it.
class InputFile {
 public:
  static tl::expected<std::unique_ptr<InputFile>, core::Failure> open(const std::string& path);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  AVIOContext* context() const { return context_; }
  // The errno of a read that failed; 0: none did.
  int read_error() const { return read_error_; }

 private:
  explicit InputFile(int descriptor) : descriptor_(descriptor) {}
  static int read(void* self, unsigned char* into, int size);
  static std::int64_t seek(void* self, std::int64_t offset, int whence);

  int descriptor_;
  int read_error_ = 0;
  AVIOContext* context_ = nullptr;
};

}  // namespace transcribed::media
