// A URL that may be asked: http or https, a host, no user info. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "adapters/curl_handles.h"

namespace transcribed::fetcher {

struct CheckedUrl {
  // What libcurl is given, so that what was checked is what is used.
  adapters::UrlHandle handle;
  std::string host;   // as libcurl will look it up; an IPv6 address in brackets
  std::string shown;  // host and, where one is named, port: for people
  std::string path;   // percent-encoded
  bool secure = false;
};

// The error is a sentence. It does not repeat the URL, which may hold a key to what it names.
tl::expected<CheckedUrl, std::string> check_url(const std::string& url);
// Where `from` leads with this Location, absolute or relative. Never from https to http: somebody
// on the way must not lead us from a connection that proves who answers to one that does not.
tl::expected<CheckedUrl, std::string> check_redirect(const CheckedUrl& from,
                                                     const std::string& location);

}  // namespace transcribed::fetcher
