// One attempt to fetch a file over HTTP into a part, going on where the part ends.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "adapters/part_file.h"

namespace transcribed::adapters {

struct DownloadLimits {
  std::chrono::seconds connect{30};
  std::chrono::seconds silence{60};  // without a byte
};

// How somebody ends a wait early.
struct Interruption {
  int fd = -1;                  // readable when `asked` should be asked; -1: none
  std::function<bool()> asked;  // true: stop now; may be empty
  bool is_asked() const { return asked && asked(); }
};

struct DownloadProblem {
  enum class Kind {
    unreachable,  // no connection: name, network, certificate
    broken,       // it ended in the middle; what came is in the part
    busy,         // the server cannot at the moment (408, 429, 5xx)
    refused,      // any other status
    not_https,    // redirected to an address that is not https
    wrong_size,   // what is offered is not as large as it must be
    disk_full,
    write_failed,
    interrupted,
  } kind = Kind::unreachable;
  std::string detail;  // for people: "could not resolve host", "status 404", ...
};

struct DownloadRequest {
  std::string url;         // http:// or https://; from https only https is followed to
  std::int64_t bytes = 0;  // what the whole file must have
  DownloadLimits limits;
  Interruption interruption;
  // Bytes there are so far, at every piece; fewer than before when the server began anew because
  // its file has changed.
  std::function<void(std::int64_t)> on_progress;
};

// Nothing when the part is whole. Blocks. A part without a known version is begun anew. The proxy
// variables (https_proxy, no_proxy, ...) are followed.
std::optional<DownloadProblem> download(const DownloadRequest& request, const PartFile& part);

// The host (and port) of a URL, for messages; "" where there is none.
std::string host_of(const std::string& url);

}  // namespace transcribed::adapters
