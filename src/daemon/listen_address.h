// HOST:PORT as the daemon takes it. Pure.
#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "daemon/config.h"

namespace transcribed::daemon {

// The error completes "server.listen ...". The host is an address ("localhost" stands for
// 127.0.0.1): a name that resolves to another address tomorrow must not open the daemon up.
tl::expected<ListenAddress, std::string> parse_listen(std::string_view text);
std::string to_string(const ListenAddress& address);
// 127.0.0.0/8, ::1, and the first of these written as IPv6.
bool is_loopback(const ListenAddress& address);

}  // namespace transcribed::daemon
