// Checksums of files, as lower-case hex. SHA-1 is there because the models' publisher gives it: it
// tells a damaged file, not a forged one, which is what SHA-256 beside it is for.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include <tl/expected.hpp>

namespace transcribed::adapters {

struct Digests {
  std::string sha1;
  std::string sha256;
};

// Reads the file open at `fd` from its beginning; blocks for as long as it is. `go_on` is asked
// every few MB with the bytes read so far; false ends it. The error: the system's reason, or ""
// when `go_on` ended it.
tl::expected<Digests, std::string> digest_file(int fd,
                                               const std::function<bool(std::int64_t)>& go_on);

}  // namespace transcribed::adapters
