// Collects a whole, small body.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "http/exchange.h"

namespace transcribed::http {

// Calls `done` with the body once it is there. A body longer than `limit_bytes` is answered with
// 413, a malformed one with 400, and `done` is not called; nor is it when the client goes away.
void read_body(ExchangePtr exchange, std::size_t limit_bytes,
               std::function<void(std::string)> done);

}  // namespace transcribed::http
