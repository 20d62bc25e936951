// A file on its way to its place: FILE.part, made anew, which is moved to FILE once it is whole and
// on the disk.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "adapters/file_descriptor.h"
#include "core/memory_size.h"
#include "fetcher/problem.h"

namespace transcribed::fetcher {

// Destroying it before finish() removes what it wrote. One thread; blocks on the disk.
class ReceivedFile {
 public:
  // `announced`: what is to come, 0 when nobody knows; `min_free` stays free on that disk.
  static tl::expected<ReceivedFile, Problem> create(std::string path, std::int64_t announced,
                                                    core::Megabytes min_free);
  ~ReceivedFile();
  ReceivedFile(ReceivedFile&&) = default;
  ReceivedFile& operator=(ReceivedFile&&) = delete;

  std::optional<Problem> append(std::string_view bytes);
  // To the disk and into place.
  std::optional<Problem> finish();
  std::int64_t bytes() const { return bytes_; }

 private:
  ReceivedFile(std::string path, std::int64_t announced, core::Megabytes min_free)
      : path_(std::move(path)), announced_(announced), min_free_(min_free) {}
  std::string part() const { return path_ + ".part"; }
  std::optional<Problem> look_at_free_space(std::int64_t next);
  Problem not_written(int error) const;

  std::string path_;
  std::int64_t announced_;
  core::Megabytes min_free_;
  adapters::FileDescriptor file_;
  std::int64_t bytes_ = 0;
  std::int64_t looked_at_ = 0;     // how many bytes there were at the last look at the free space
  std::int64_t sent_to_disk_ = 0;  // so many bytes the kernel was told to write already
};

}  // namespace transcribed::fetcher
