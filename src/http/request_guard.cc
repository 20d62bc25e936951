#include "http/request_guard.h"

#include <algorithm>

#include <boost/asio/ip/address.hpp>

namespace transcribed::http {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view without_brackets(std::string_view name) {
  if (name.size() >= 2 && name.front() == '[' && name.back() == ']') {
    return name.substr(1, name.size() - 2);
  }
  return name;
}

std::optional<boost::asio::ip::address> as_address(std::string_view name) {
  boost::system::error_code failure;
  const auto address = boost::asio::ip::make_address(std::string(without_brackets(name)), failure);
  if (failure) return std::nullopt;
  return address;
}

ApiError forbidden(std::string code, std::string message) {
  ApiError error;
  error.status = 403;
  error.code = std::move(code);
  error.message = std::move(message);
  return error;
}

// A request's own words in an answer: short enough, whatever was sent.
std::string quoted(std::string_view text) { return "\"" + std::string(text.substr(0, 200)) + "\""; }

// "http://" and "https://" with their own port left out mean the same host.
bool origin_is_host(std::string_view origin, std::string_view host) {
  std::string_view port;
  if (origin.starts_with("http://")) {
    origin.remove_prefix(7);
    port = ":80";
  } else if (origin.starts_with("https://")) {
    origin.remove_prefix(8);
    port = ":443";
  } else {
    return false;
  }
  const auto without = [&](std::string_view name) {
    return name.ends_with(port) ? name.substr(0, name.size() - port.size()) : name;
  };
  return same_ignoring_case(without(origin), without(host));
}

}  // namespace

std::optional<std::string_view> host_without_port(std::string_view host) {
  std::string_view name;
  std::string_view rest;
  if (host.starts_with('[')) {
    const auto end = host.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    name = host.substr(0, end + 1);
    rest = host.substr(end + 1);
  } else {
    const auto colon = host.find(':');
    name = host.substr(0, colon);
    rest = colon == std::string_view::npos ? std::string_view{} : host.substr(colon);
  }
  if (name.empty()) return std::nullopt;
  if (!rest.empty()) {
    if (rest.front() != ':') return std::nullopt;
    rest.remove_prefix(1);
    if (!std::all_of(rest.begin(), rest.end(), [](char c) { return c >= '0' && c <= '9'; })) {
      return std::nullopt;
    }
  }
  return name;
}

RequestGuard::RequestGuard(GuardOptions options) : options_(std::move(options)) {
  const auto address = as_address(options_.listen_host);
  listens_everywhere_ = address && address->is_unspecified();
}

bool RequestGuard::host_allowed(std::string_view name) const {
  if (name.size() > 1 && name.ends_with('.')) name.remove_suffix(1);
  if (same_ignoring_case(name, "localhost") || name == "127.0.0.1") return true;
  const auto bare = without_brackets(name);
  if (same_ignoring_case(bare, without_brackets(options_.listen_host))) return true;
  for (const auto& allowed : options_.allowed_hosts) {
    if (same_ignoring_case(bare, without_brackets(allowed))) return true;
  }
  const auto address = as_address(name);
  // An address is not rebound, only a name is: a server that listens on every address of the
  // machine may be called by any of them.
  return address && (address->is_loopback() || listens_everywhere_);
}

std::optional<ApiError> RequestGuard::check_source(std::string_view host,
                                                   std::string_view origin) const {
  const auto name = host_without_port(host);
  if (!name) return bad_request("bad_host", "The Host header " + quoted(host) + " names no host.");
  if (!host_allowed(*name)) {
    return forbidden("host_not_allowed",
                     "This server does not answer to the name " + quoted(*name) +
                         ". If that name is meant for it, add it to server.allowed_hosts.");
  }
  if (origin.empty() || origin_is_host(origin, host)) return std::nullopt;
  for (const auto& allowed : options_.allowed_origins) {
    if (same_ignoring_case(origin, allowed)) return std::nullopt;
  }
  return forbidden("origin_not_allowed", "Web pages of " + quoted(origin) +
                                             " may not use this server. If they should, add it to "
                                             "server.allowed_origins.");
}

}  // namespace transcribed::http
