// From where the server may be talked to. Any web page a user visits can send requests to loopback,
// and a name that its owner points at 127.0.0.1 makes them same-origin (DNS rebinding): so the name
// in Host and the page in Origin are checked before anything else. Immutable once made; loop
// thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/errors.h"
#include "http/options.h"

namespace transcribed::http {

class RequestGuard {
 public:
  explicit RequestGuard(GuardOptions options);

  // 403 with a sentence that says which setting helps, or nothing. `host` is the header's value
  // ("localhost:8585"); `origin` is empty when there was none.
  std::optional<ApiError> check_source(std::string_view host, std::string_view origin) const;

 private:
  bool host_allowed(std::string_view name) const;

  GuardOptions options_;
  bool listens_everywhere_ = false;
};

// "[::1]:80" -> "[::1]"; "Example.org:80" -> "Example.org". Nothing when it is no host and port.
std::optional<std::string_view> host_without_port(std::string_view host);

}  // namespace transcribed::http
