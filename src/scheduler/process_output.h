// Taking in what a process prints, within bounds.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace transcribed::scheduler {

// Cuts a byte stream into lines, without copying those that arrive whole.
class LineSplitter {
 public:
  explicit LineSplitter(std::size_t max_line) : max_line_(max_line) {}

  // Calls `line` (without "\n", and without a "\r" before it) for each finished line, as long as it
  // returns true. False when a line is too long or `line` said stop: the stream is then of no use.
  template <typename OnLine>
  bool feed(std::string_view chunk, OnLine&& line) {
    while (!chunk.empty()) {
      const auto end = chunk.find('\n');
      if (partial_.size() + (end == std::string_view::npos ? chunk.size() : end) > max_line_)
        return false;
      if (end == std::string_view::npos) {
        partial_ += chunk;
        return true;
      }
      std::string_view whole = chunk.substr(0, end);
      if (!partial_.empty()) {
        partial_ += whole;
        whole = partial_;
      }
      if (whole.ends_with('\r')) whole.remove_suffix(1);
      const bool go_on = line(whole);
      partial_.clear();
      if (!go_on) return false;
      chunk.remove_prefix(end + 1);
    }
    return true;
  }

 private:
  std::size_t max_line_;
  std::string partial_;
};

// The last bytes of a stream, for the message of a failure.
class OutputTail {
 public:
  explicit OutputTail(std::size_t keep) : keep_(keep) {}

  void append(std::string_view chunk) {
    if (chunk.size() > keep_) chunk.remove_prefix(chunk.size() - keep_);
    text_ += chunk;
    // Trimmed at twice the size, so that a flood of small pieces does not move the text each time.
    if (text_.size() > 2 * keep_) text_.erase(0, text_.size() - keep_);
  }
  // Valid UTF-8 whatever was printed, one line, without leading and trailing blanks.
  std::string as_sentence() const;

 private:
  std::size_t keep_;
  std::string text_;
};

}  // namespace transcribed::scheduler
