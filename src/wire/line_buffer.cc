#include "wire/line_buffer.h"

namespace transcribed::wire {

std::optional<std::string> LineBuffer::next() {
  for (std::size_t newline; (newline = buffer_.find('\n', searched_)) != std::string::npos;) {
    std::string line = buffer_.substr(0, newline);
    buffer_.erase(0, newline + 1);
    searched_ = 0;
    const bool whole = !skipping_ && line.size() < most_bytes_;
    skipping_ = false;
    if (whole) return line;
  }
  searched_ = buffer_.size();
  if (searched_ >= most_bytes_) {
    skipping_ = true;
    buffer_.clear();
    searched_ = 0;
  }
  return std::nullopt;
}

}  // namespace transcribed::wire
