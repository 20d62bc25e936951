#include "core/network_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <span>
#include <vector>

namespace transcribed::core {
namespace {

struct Named {
  std::string_view range;
  std::string_view use;
};

// Of each pair that overlaps the narrower one stands first.
constexpr std::array<Named, 20> v4_uses{{
    {"0.0.0.0/8", "this network"},
    {"10.0.0.0/8", "private use"},
    {"100.100.100.200/32", "a cloud's service to its machines"},
    {"100.64.0.0/10", "shared address space of a provider"},
    {"127.0.0.0/8", "loopback"},
    // No registry has this one, but on that cloud every machine reaches its host there.
    {"168.63.129.16/32", "a cloud's service to its machines"},
    {"169.254.169.254/32", "a cloud's service to its machines"},
    {"169.254.0.0/16", "link-local"},
    {"172.16.0.0/12", "private use"},
    {"192.0.0.192/32", "a cloud's service to its machines"},
    {"192.0.0.0/24", "protocol assignments"},
    {"192.0.2.0/24", "documentation"},
    {"192.88.99.0/24", "6to4 relays"},
    {"192.168.0.0/16", "private use"},
    {"198.18.0.0/15", "benchmarking"},
    {"198.51.100.0/24", "documentation"},
    {"203.0.113.0/24", "documentation"},
    {"224.0.0.0/4", "multicast"},
    {"255.255.255.255/32", "broadcast"},
    {"240.0.0.0/4", "reserved"},
}};

constexpr std::array<Named, 18> v6_uses{{
    {"::/128", "the unspecified address"},
    {"::1/128", "loopback"},
    {"::/96", "IPv4-compatible addresses, which are deprecated"},
    {"64:ff9b:1::/48", "translation to IPv4 inside a network"},
    {"100::/64", "discard-only"},
    {"100:0:0:1::/64", "dummy prefix"},
    {"2001:2::/48", "benchmarking"},
    {"2001:10::/28", "ORCHID, which is deprecated"},
    {"2001::/23", "protocol assignments"},
    {"2001:db8::/32", "documentation"},
    {"3fff::/20", "documentation"},
    {"5f00::/16", "segment routing"},
    {"fd00:ec2::254/128", "a cloud's service to its machines"},
    {"fd20:ce::254/128", "a cloud's service to its machines"},
    {"fc00::/7", "private use (unique local)"},
    {"fe80::/10", "link-local"},
    {"fec0::/10", "site-local, which is deprecated"},
    {"ff00::/8", "multicast"},
}};
// All of the public IPv6 internet; the rest is reserved.
constexpr std::string_view v6_unicast = "2000::/3";

struct Use {
  NetworkRange range;
  std::string_view name;
};

std::vector<Use> parsed(std::span<const Named> rows) {
  std::vector<Use> uses;
  for (const Named& row : rows) {
    if (const auto range = parse_network_range(row.range)) uses.push_back({*range, row.use});
  }
  return uses;
}

std::optional<std::string> use_in(const std::vector<Use>& uses, const NetworkAddress& address) {
  const auto found =
      std::ranges::find_if(uses, [&](const Use& use) { return contains(use.range, address); });
  if (found == uses.end()) return std::nullopt;
  return std::string(found->name);
}

bool starts_with(const NetworkAddress& address, const NetworkRange& range) {
  if (address.v6 != range.first.v6) return false;
  for (int bit = 0; bit < range.bits; bit += 8) {
    const auto at = static_cast<std::size_t>(bit / 8);
    const int rest = std::min(8, range.bits - bit);
    const auto mask = static_cast<std::uint8_t>(0xFF00U >> static_cast<unsigned>(rest));
    if (((address.bytes[at] ^ range.first.bytes[at]) & mask) != 0) return false;
  }
  return true;
}

NetworkAddress v4_at(const NetworkAddress& address, std::size_t offset, std::uint8_t flip = 0) {
  NetworkAddress v4;
  for (std::size_t i = 0; i < 4; ++i) {
    v4.bytes[i] = static_cast<std::uint8_t>(address.bytes[offset + i] ^ flip);
  }
  return v4;
}

// The ways of IPv6 to say an IPv4 address: a packet to it ends up there.
struct Embedding {
  std::string_view range;
  std::string_view name;
  std::size_t offset;     // of the IPv4 address's first byte
  std::uint8_t flip = 0;  // what each of its bytes is combined with
};
constexpr std::array<Embedding, 5> embeddings{{
    {"::ffff:0:0/96", "IPv4-mapped", 12},
    {"64:ff9b::/96", "NAT64", 12},
    {"2002::/16", "6to4", 2},
    {"2001::/32", "Teredo", 4},         // the server
    {"2001::/32", "Teredo", 12, 0xFF},  // the client, obscured
}};

struct Embedded {
  std::string_view name;
  NetworkAddress v4;
};

std::vector<Embedded> embedded_in(const NetworkAddress& address) {
  std::vector<Embedded> found;
  for (const Embedding& one : embeddings) {
    const auto range = parse_network_range(one.range);
    if (range && starts_with(address, *range)) {
      found.push_back({one.name, v4_at(address, one.offset, one.flip)});
    }
  }
  return found;
}

// ISATAP has no range of its own: any network may hold its tunnels, told by the middle of the
// address.
std::optional<NetworkAddress> isatap_target(const NetworkAddress& address) {
  const bool is_one = (address.bytes[8] & 0xFDU) == 0 && address.bytes[9] == 0 &&
                      address.bytes[10] == 0x5E && address.bytes[11] == 0xFE;
  if (!is_one) return std::nullopt;
  return v4_at(address, 12);
}

std::optional<std::string> special_embedded(std::string_view name, const NetworkAddress& v4) {
  const auto use = special_use(v4);
  if (!use) return std::nullopt;
  return std::string(name) + " for " + to_string(v4) + ": " + *use;
}

}  // namespace

std::optional<NetworkAddress> parse_network_address(std::string_view text) {
  const std::string ended(text);
  NetworkAddress address;
  if (ended.find('\0') != std::string::npos) return std::nullopt;
  if (::inet_pton(AF_INET, ended.c_str(), address.bytes.data()) == 1) return address;
  address = {.v6 = true, .bytes = {}};
  if (::inet_pton(AF_INET6, ended.c_str(), address.bytes.data()) == 1) return address;
  return std::nullopt;
}

std::string to_string(const NetworkAddress& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(address.v6 ? AF_INET6 : AF_INET, address.bytes.data(), text.data(), text.size());
  return text.data();
}

std::optional<NetworkRange> parse_network_range(std::string_view text) {
  const auto slash = text.find('/');
  const auto first = parse_network_address(text.substr(0, slash));
  if (!first) return std::nullopt;
  NetworkRange range{*first, first->v6 ? 128 : 32};
  if (slash == std::string_view::npos) return range;
  const std::string_view digits = text.substr(slash + 1);
  const int most = range.bits;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), range.bits);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  if (range.bits < 0 || range.bits > most) return std::nullopt;
  return range;
}

bool contains(const NetworkRange& range, const NetworkAddress& address) {
  if (starts_with(address, range)) return true;
  if (!address.v6 || range.first.v6) return false;
  static const NetworkRange mapped = *parse_network_range("::ffff:0:0/96");
  return starts_with(address, mapped) && starts_with(v4_at(address, 12), range);
}

std::optional<std::string> special_use(const NetworkAddress& address) {
  static const std::vector<Use> v4 = parsed(v4_uses);
  if (!address.v6) return use_in(v4, address);
  const std::vector<Embedded> embedded = embedded_in(address);
  for (const Embedded& one : embedded) {
    if (auto use = special_embedded(one.name, one.v4)) return use;
  }
  if (!embedded.empty()) return std::nullopt;
  static const std::vector<Use> v6 = parsed(v6_uses);
  if (auto use = use_in(v6, address)) return use;
  static const NetworkRange unicast = *parse_network_range(v6_unicast);
  if (!starts_with(address, unicast)) return "reserved";
  const auto target = isatap_target(address);
  return target ? special_embedded("ISATAP", *target) : std::nullopt;
}

}  // namespace transcribed::core
