// Where the server is, from what --server or TRANSCRIBED_SERVER says.
#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace transcribed::client {

inline constexpr std::string_view default_server = "http://127.0.0.1:8585";

struct ServerAddress {
  std::string host;  // without the brackets of an IPv6 address
  std::string port;
  std::string host_header;  // as the Host header wants it
  std::string base_path;    // "" or "/prefix", for a server behind a proxy
  std::string shown;        // for sentences: "http://127.0.0.1:8585"
};

// "http://host:port/prefix" or "host:port". The error is a sentence.
tl::expected<ServerAddress, std::string> parse_server_address(std::string_view text);

}  // namespace transcribed::client
