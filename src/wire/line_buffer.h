// Cuts a stream of bytes into lines, within bounds.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace transcribed::wire {

class LineBuffer {
 public:
  // A line longer than `most_bytes` (newline included) is skipped as a whole.
  explicit LineBuffer(std::size_t most_bytes) : most_bytes_(most_bytes) {}

  void append(std::string_view bytes) { buffer_ += bytes; }
  // The next whole line, without its newline; nothing until more is appended. Take all there are
  // before appending: what waits here is not bounded else.
  std::optional<std::string> next();

 private:
  std::size_t most_bytes_;
  std::string buffer_;
  std::size_t searched_ = 0;
  bool skipping_ = false;
};

}  // namespace transcribed::wire
