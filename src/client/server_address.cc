#include "client/server_address.h"

#include <charconv>
#include <system_error>

#include <fmt/format.h>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "client/terminal_text.h"

namespace transcribed::client {

tl::expected<ServerAddress, std::string> parse_server_address(std::string_view text) {
  const auto refuse = [&](std::string_view why) {
    return tl::make_unexpected(
        fmt::format("\"{}\" is no server address: {}", escape_controls(text), why));
  };
  std::string whole(text);
  if (whole.find("://") == std::string::npos) whole = "http://" + whole;
  const auto parsed = boost::urls::parse_uri(whole);
  if (!parsed) return refuse("expected something like http://127.0.0.1:8585");
  const boost::urls::url_view url = *parsed;
  if (url.scheme() != "http") {
    return refuse("only http:// is spoken (put a tunnel or a proxy in front for more)");
  }
  if (url.has_userinfo()) return refuse("the key belongs into TRANSCRIBED_API_KEY");
  if (url.has_query() || url.has_fragment()) return refuse("it must end with the port or a path");
  if (url.encoded_host().empty()) return refuse("it names no host");

  ServerAddress address;
  address.host = url.host_address();
  address.port = url.has_port() && !url.port().empty() ? std::string(url.port()) : "80";
  unsigned port = 0;
  const char* const end = address.port.data() + address.port.size();
  const auto read = std::from_chars(address.port.data(), end, port);
  if (read.ec != std::errc() || read.ptr != end || port == 0 || port > 65535) {
    return refuse("the port must be 1 to 65535");
  }
  address.host_header = std::string(url.encoded_host_and_port());
  address.base_path = std::string(url.encoded_path());
  while (!address.base_path.empty() && address.base_path.back() == '/') {
    address.base_path.pop_back();
  }
  address.shown = "http://" + address.host_header + address.base_path;
  return address;
}

}  // namespace transcribed::client
