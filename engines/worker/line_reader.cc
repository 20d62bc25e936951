#include "worker/line_reader.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace transcribed::worker {

bool LineReader::read_more() {
  // With no event asked for, the answers' descriptor still reports that its reader went away.
  std::array<pollfd, 2> waits{{{input_, POLLIN, 0}, {answers_to_, 0, 0}}};
  while (::poll(waits.data(), waits.size(), -1) < 0) {
    if (errno != EINTR) return false;
  }
  if ((waits[1].revents & (POLLERR | POLLHUP)) != 0) return false;
  std::array<char, 16384> block;
  ssize_t count = 0;
  do {
    count = ::read(input_, block.data(), block.size());
  } while (count < 0 && errno == EINTR);
  if (count <= 0) return false;
  lines_.append({block.data(), static_cast<std::size_t>(count)});
  return true;
}

std::optional<std::string> LineReader::next() {
  while (true) {
    if (std::optional<std::string> line = lines_.next()) return line;
    if (!read_more()) return std::nullopt;
  }
}

}  // namespace transcribed::worker
