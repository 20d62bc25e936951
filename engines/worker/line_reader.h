// Lines from a descriptor, bounded.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "wire/line_buffer.h"

namespace transcribed::worker {

// One thread. Borrows the descriptors.
class LineReader {
 public:
  // `answers_to`: where the answers are written. Once nobody reads them, the input counts as ended.
  LineReader(int input, int answers_to, std::size_t most_bytes)
      : input_(input), answers_to_(answers_to), lines_(most_bytes) {}

  // The next line, without its newline; waits for it. A line longer than `most_bytes` (newline
  // included) is skipped as a whole. Nothing at the end of the input, or when it cannot be read; a
  // last line without a newline was cut off and is dropped.
  std::optional<std::string> next();

 private:
  bool read_more();

  int input_;
  int answers_to_;
  wire::LineBuffer lines_;
};

}  // namespace transcribed::worker
