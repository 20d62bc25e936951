#include "fetcher/address_guard.h"

#include <ifaddrs.h>
#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>

#include "wire/header_parameters.h"

namespace transcribed::fetcher {
namespace {

template <typename Field>
core::NetworkAddress address_in(const Field& field, bool v6) {
  core::NetworkAddress address{.v6 = v6, .bytes = {}};
  std::memcpy(address.bytes.data(), &field, sizeof field);
  return address;
}

std::optional<core::NetworkAddress> address_of(const sockaddr& socket) {
  if (socket.sa_family == AF_INET) {
    return address_in(reinterpret_cast<const sockaddr_in&>(socket).sin_addr, false);
  }
  if (socket.sa_family == AF_INET6) {
    return address_in(reinterpret_cast<const sockaddr_in6&>(socket).sin6_addr, true);
  }
  return std::nullopt;
}

// From here the machine's own firewall lets more in than from outside, also at public addresses.
// Looked up each time: addresses come and go. What cannot be told is refused, and says so.
std::optional<std::string> own_use(const core::NetworkAddress& address) {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) {
    return "this machine's own addresses cannot be listed: " +
           std::generic_category().message(errno);
  }
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner(list, freeifaddrs);
  for (const ifaddrs* one = list; one != nullptr; one = one->ifa_next) {
    const auto own = one->ifa_addr == nullptr ? std::nullopt : address_of(*one->ifa_addr);
    if (own && core::contains({*own, own->v6 ? 128 : 32}, address)) return "this machine";
  }
  return std::nullopt;
}

std::string_view without_brackets(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) return host.substr(1, host.size() - 2);
  return host;
}

}  // namespace

std::optional<std::string> AddressGuard::refusal(const core::NetworkAddress& address) const {
  const bool allowed = std::ranges::any_of(
      allowed_, [&](const core::NetworkRange& range) { return core::contains(range, address); });
  if (allowed) return std::nullopt;
  auto use = core::special_use(address);
  if (!use) use = own_use(address);
  if (!use) return std::nullopt;
  return to_string(address) + " (" + *use + ")";
}

std::optional<std::string> AddressGuard::refusal(const sockaddr& address) const {
  const auto known = address_of(address);
  return known ? refusal(*known) : "an address of an unknown kind";
}

std::optional<std::string> AddressGuard::refusal(std::string_view host) const {
  const std::string name = wire::to_lower(without_brackets(host));
  if (const auto address = core::parse_network_address(name)) return refusal(*address);
  std::string_view bare = name;
  if (bare.ends_with('.')) bare.remove_suffix(1);
  if (bare == "localhost" || bare.ends_with(".localhost")) return name + " (loopback)";
  return std::nullopt;
}

}  // namespace transcribed::fetcher
