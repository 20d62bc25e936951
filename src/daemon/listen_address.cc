#include "daemon/listen_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <charconv>

namespace transcribed::daemon {
namespace {

constexpr std::string_view way_out =
    "write HOST:PORT with a numeric address, such as 127.0.0.1:8585 or [::1]:8585";

tl::unexpected<std::string> wrong(std::string_view text, std::string_view what) {
  return tl::unexpected("is \"" + std::string(text) + "\", " + std::string(what) + "; " +
                        std::string(way_out));
}

bool is_v4(const std::string& host) {
  in_addr address{};
  return ::inet_pton(AF_INET, host.c_str(), &address) == 1;
}

bool is_v6(const std::string& host) {
  in6_addr address{};
  return ::inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

}  // namespace

tl::expected<ListenAddress, std::string> parse_listen(std::string_view text) {
  const auto colon = text.rfind(':');
  const bool bracketed = text.starts_with('[');
  const auto bracket = text.rfind(']');
  if (colon == std::string_view::npos ||
      (bracketed && (bracket == std::string_view::npos || colon != bracket + 1))) {
    return wrong(text, is_v6(std::string(text)) ? "an IPv6 address without brackets and port"
                                                : "which has no port");
  }
  std::string host(bracketed ? text.substr(1, bracket - 1) : text.substr(0, colon));
  if (host == "localhost") host = "127.0.0.1";
  if (host.empty()) return wrong(text, "which has no host");
  if (!bracketed && is_v6(std::string(text))) {
    return wrong(text, "an IPv6 address without brackets and port");
  }
  if (!bracketed && is_v6(host)) return wrong(text, "an IPv6 address without brackets");
  if (bracketed ? !is_v6(host) : !is_v4(host)) {
    return wrong(text, "whose host is not an address");
  }
  const std::string_view digits = text.substr(colon + 1);
  unsigned port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc() || end != digits.data() + digits.size() || port > 65'535) {
    return wrong(text, "whose port is not a number from 0 to 65535");
  }
  ListenAddress address;
  address.host = std::move(host);
  address.port = static_cast<std::uint16_t>(port);
  return address;
}

std::string to_string(const ListenAddress& address) {
  const bool v6 = address.host.find(':') != std::string::npos;
  return (v6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

bool is_loopback(const ListenAddress& address) {
  in_addr v4{};
  if (::inet_pton(AF_INET, address.host.c_str(), &v4) == 1) {
    return (ntohl(v4.s_addr) >> 24) == 127;
  }
  in6_addr v6{};
  if (::inet_pton(AF_INET6, address.host.c_str(), &v6) != 1) return false;
  return IN6_IS_ADDR_LOOPBACK(&v6) || (IN6_IS_ADDR_V4MAPPED(&v6) && v6.s6_addr[12] == 127);
}

}  // namespace transcribed::daemon
