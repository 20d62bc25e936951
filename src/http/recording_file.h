// A job's recording, opened to be read in pieces. Blocks: for the pool's threads.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "adapters/file_descriptor.h"
#include "core/job.h"
#include "http/errors.h"

namespace transcribed::http {

class RecordingFile {
 public:
  // `allowed`: storage.allowed_paths, for what is no upload. The error is 404 where the recording
  // is not there any more, or is not what was submitted: its place is checked after it is open, so
  // that a link put there since leads nowhere.
  static tl::expected<RecordingFile, ApiError> open(const core::Audio& audio,
                                                    const std::vector<std::string>& allowed);

  std::uint64_t size() const { return size_; }  // bytes, when it was opened

  // Exactly so many bytes; the error says that the file has become shorter, or cannot be read.
  tl::expected<std::string, ApiError> read(std::uint64_t first, std::size_t length) const;

 private:
  RecordingFile(adapters::FileDescriptor file, std::uint64_t size)
      : file_(std::move(file)), size_(size) {}

  adapters::FileDescriptor file_;
  std::uint64_t size_ = 0;
};

// What a player needs to know about a recording of that name: "audio/mpeg" for "talk.mp3".
// Always audio or video, or "application/octet-stream": never what a browser would run.
std::string_view recording_type(std::string_view name);

}  // namespace transcribed::http
