// How many files this process may have open, of which each connection is one.
#pragma once

#include <cstddef>
#include <cstdint>

namespace transcribed::daemon {

struct OpenFiles {
  std::uint64_t before = 0;  // at the start; what the daemon starts goes on with that
  std::uint64_t now = 0;
};

// Raises the soft limit to the hard one. Programs that know only select(), or close every number
// there could be, are why it is low at first; the daemon is none of them.
OpenFiles raise_open_files();

// How many can follow the events beside `connections`, `wanted` at most, a few at least.
std::size_t event_readers_within(const OpenFiles& files, std::size_t connections,
                                 std::size_t wanted);

}  // namespace transcribed::daemon
