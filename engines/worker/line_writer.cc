#include "worker/line_writer.h"

#include <unistd.h>

#include <cerrno>

namespace transcribed::worker {

void LineWriter::write(std::string_view line) {
  const std::lock_guard lock(mutex_);
  while (!line.empty() && !broken_) {
    const ssize_t count = ::write(descriptor_, line.data(), line.size());
    if (count > 0) {
      line.remove_prefix(static_cast<std::size_t>(count));
    } else if (count == 0 || errno != EINTR) {
      broken_ = true;
    }
  }
}

}  // namespace transcribed::worker
