// Why a transfer failed, as a value, and the sentences for it.
#pragma once

#include <curl/curl.h>

#include <optional>
#include <string>
#include <string_view>

#include "wire/fetcher_protocol.h"

namespace transcribed::fetcher {

using wire::fetcher::FailureKind;

struct Problem {
  FailureKind kind = FailureKind::internal;
  std::string message;
  std::optional<int> status = {};
};

// What libcurl ended with. `detail`: its own words, may be empty.
Problem problem_of(CURLcode code, std::string_view host, std::string_view detail);
// An answer of `host` other than the one that was wanted.
Problem problem_of_status(int status, std::string_view host);

}  // namespace transcribed::fetcher
