// Which addresses are connected to. Asked with the very address a socket is opened for, so that
// neither a name that changes its mind nor a redirect leads around it.
#pragma once

#include <sys/socket.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/network_address.h"

namespace transcribed::fetcher {

// One thread.
class AddressGuard {
 public:
  // `allowed`: ranges that may be connected to, although they are not public.
  explicit AddressGuard(std::vector<core::NetworkRange> allowed) : allowed_(std::move(allowed)) {}

  // Why not: "10.0.0.1 (private use)"; nothing when it may be connected to. What is refused is
  // everything outside the public internet, and this machine under whatever address.
  std::optional<std::string> refusal(const core::NetworkAddress& address) const;
  std::optional<std::string> refusal(const sockaddr& address) const;
  // Of a URL's host: what can be told without looking it up. For when a proxy looks it up.
  std::optional<std::string> refusal(std::string_view host) const;

 private:
  std::vector<core::NetworkRange> allowed_;
};

}  // namespace transcribed::fetcher
