#include "fetcher/checked_url.h"

#include <utility>

#include <fmt/format.h>

namespace transcribed::fetcher {
namespace {

using adapters::part_of;

std::string reason(CURLUcode code) {
  switch (code) {
    case CURLUE_BAD_SCHEME:
      return "it must begin with http:// or https://";
    case CURLUE_USER_NOT_ALLOWED:
      return "it holds a user name or a password, which are not sent";
    case CURLUE_NO_HOST:
      return "it names no host";
    default:
      return curl_url_strerror(code);
  }
}

// Any scheme is parsed, so that the one sentence about schemes is ours.
constexpr unsigned parse_flags = CURLU_NON_SUPPORT_SCHEME | CURLU_DISALLOW_USER;

tl::expected<CheckedUrl, std::string> check(adapters::UrlHandle handle, std::string_view what,
                                            CURLUcode parsed) {
  const auto wrong = [&](std::string_view why) {
    return tl::unexpected(fmt::format("{} cannot be used: {}.", what, why));
  };
  if (parsed != CURLUE_OK) return wrong(reason(parsed));
  CURLU* url = handle.get();
  const std::string scheme = part_of(url, CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https") {
    return wrong(fmt::format("it must begin with http:// or https://, not {}:", scheme));
  }
  CheckedUrl checked;
  checked.host = part_of(url, CURLUPART_HOST);
  if (checked.host.empty()) return wrong("it names no host");
  const std::string port = part_of(url, CURLUPART_PORT);
  checked.shown = checked.host + (port.empty() ? "" : ":" + port);
  checked.path = part_of(url, CURLUPART_PATH);
  checked.secure = scheme == "https";
  checked.handle = std::move(handle);
  return checked;
}

}  // namespace

tl::expected<CheckedUrl, std::string> check_url(const std::string& url) {
  if (url.find('\0') != std::string::npos) {
    return tl::make_unexpected("The URL cannot be used: it holds a zero byte.");
  }
  adapters::UrlHandle handle(curl_url());
  const CURLUcode parsed = curl_url_set(handle.get(), CURLUPART_URL, url.c_str(), parse_flags);
  return check(std::move(handle), "The URL", parsed);
}

tl::expected<CheckedUrl, std::string> check_redirect(const CheckedUrl& from,
                                                     const std::string& location) {
  adapters::UrlHandle handle(curl_url_dup(from.handle.get()));
  // Servers send spaces and letters beyond ASCII as they are.
  const CURLUcode parsed =
      curl_url_set(handle.get(), CURLUPART_URL, location.c_str(), parse_flags | CURLU_URLENCODE);
  const std::string what = fmt::format("The address that {} redirects to", from.shown);
  auto checked = check(std::move(handle), what, parsed);
  if (checked && from.secure && !checked->secure) {
    return tl::unexpected(
        fmt::format("{} cannot be used: it leads from https to http, so nobody could tell who "
                    "answers.",
                    what));
  }
  return checked;
}

}  // namespace transcribed::fetcher
