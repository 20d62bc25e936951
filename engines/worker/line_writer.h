// Whole lines to a descriptor, from several threads.
#pragma once

#include <atomic>
#include <mutex>
#include <string_view>

namespace transcribed::worker {

// Any thread. Borrows the descriptor.
class LineWriter {
 public:
  explicit LineWriter(int descriptor) : descriptor_(descriptor) {}

  // `line` with its newline. Once a write failed the reader is gone, and nothing is written any
  // more.
  void write(std::string_view line);
  bool broken() const { return broken_; }

 private:
  int descriptor_;
  std::mutex mutex_;
  std::atomic<bool> broken_{false};
};

}  // namespace transcribed::worker
