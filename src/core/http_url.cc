#include "core/http_url.h"

#include <algorithm>

namespace transcribed::core {
namespace {

constexpr std::string_view schemes[] = {"http://", "https://"};

bool has_prefix(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() &&
         std::equal(prefix.begin(), prefix.end(), text.begin(), [](char wanted, char c) {
           return wanted == (c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
         });
}

// Without the scheme; all of it where there is none.
std::string_view after_scheme(std::string_view url) {
  for (const std::string_view scheme : schemes) {
    if (has_prefix(url, scheme)) return url.substr(scheme.size());
  }
  return url;
}

// User, host, port.
std::string_view authority(std::string_view url) {
  const std::string_view rest = after_scheme(url);
  return rest.substr(0, rest.find_first_of("/?#\\"));
}

}  // namespace

std::optional<std::string> why_no_http_url(std::string_view url) {
  if (after_scheme(url).size() == url.size()) return "must begin with http:// or https://";
  if (url.size() > longest_url) {
    return "is longer than " + std::to_string(longest_url) + " bytes";
  }
  const bool printable = std::ranges::all_of(url, [](char c) { return c > 0x20 && c != 0x7f; });
  if (!printable) {
    return "has a blank or a character outside ASCII; write it percent-encoded (%20)";
  }
  if (authority(url).find('@') != std::string_view::npos) {
    return "holds a user name, which is not sent; remove what stands before the \"@\"";
  }
  if (url_host(url).empty() || url_host(url).front() == ':') return "names no host";
  return std::nullopt;
}

std::string_view url_host(std::string_view url) {
  const std::string_view whole = authority(url);
  const auto at = whole.rfind('@');
  return at == std::string_view::npos ? whole : whole.substr(at + 1);
}

std::string_view url_file_name(std::string_view url) {
  const std::string_view rest = after_scheme(url);
  const std::string_view path = rest.substr(0, rest.find_first_of("?#"));
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
}

}  // namespace transcribed::core
