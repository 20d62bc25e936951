// Which addresses belong to the public internet, and which to a machine, its network or nobody:
// the ranges of IANA's special-purpose address registries (RFC 6890 and what came after it). Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace transcribed::core {

// IPv4 or IPv6, in network order; IPv4 uses the first four bytes.
struct NetworkAddress {
  bool v6 = false;
  std::array<std::uint8_t, 16> bytes{};
  bool operator==(const NetworkAddress&) const = default;
};

// "192.0.2.1" (four decimal numbers) or "2001:db8::1"; nothing for any other text, such as a name.
std::optional<NetworkAddress> parse_network_address(std::string_view text);
std::string to_string(const NetworkAddress& address);

struct NetworkRange {
  NetworkAddress first;
  int bits = 0;  // how many of the first address all of the range share
};

// "192.168.1.0/24", "fd00::/8", or one address. Nothing for any other text.
std::optional<NetworkRange> parse_network_range(std::string_view text);
// IPv4 written as IPv6 (::ffff:10.0.0.1) lies in the range of the IPv4 address, too.
bool contains(const NetworkRange& range, const NetworkAddress& address);

// What an address outside the public internet is for, for people: "loopback", "private use", "6to4
// for 10.0.0.1: private use". Nothing for one of the public internet; so for the IPv6 forms of such
// an IPv4 address.
std::optional<std::string> special_use(const NetworkAddress& address);

}  // namespace transcribed::core
