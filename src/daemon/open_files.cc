#include "daemon/open_files.h"

#include <sys/resource.h>

#include <algorithm>

namespace transcribed::daemon {
namespace {

// Pipes to engines, sockets to keepers, the database, recordings that are being received.
constexpr std::uint64_t own_files = 256;
constexpr std::size_t least_readers = 16;

}  // namespace

OpenFiles raise_open_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return {};
  OpenFiles files{limit.rlim_cur, limit.rlim_cur};
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) == 0) files.now = limit.rlim_cur;
  return files;
}

std::size_t event_readers_within(const OpenFiles& files, std::size_t connections,
                                 std::size_t wanted) {
  const std::uint64_t taken = own_files + connections;
  const std::uint64_t room = files.now > taken ? files.now - taken : 0;
  return static_cast<std::size_t>(
      std::min<std::uint64_t>(wanted, std::max<std::uint64_t>(least_readers, room)));
}

}  // namespace transcribed::daemon
