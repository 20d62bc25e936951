// What every user of libcurl here needs: handles that close themselves, URLs in parts, an answer's
// headers.
#pragma once

#include <curl/curl.h>

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace transcribed::adapters {

template <auto Free>
struct FreedBy {
  template <typename Handle>
  void operator()(Handle* handle) const {
    Free(handle);
  }
};
using EasyHandle = std::unique_ptr<CURL, FreedBy<curl_easy_cleanup>>;
using MultiHandle = std::unique_ptr<CURLM, FreedBy<curl_multi_cleanup>>;
using UrlHandle = std::unique_ptr<CURLU, FreedBy<curl_url_cleanup>>;
using HeaderList = std::unique_ptr<curl_slist, FreedBy<curl_slist_free_all>>;

// Before any handle is made; any thread, any number of times.
void start_curl();

// A part of a URL as it was parsed; "" where it has none.
std::string part_of(CURLU* url, CURLUPart part, unsigned flags = 0);

// The headers of the latest answer: each on the way (a redirect, a "100 Continue") has its own.
class AnswerHeaders {
 public:
  // A line as libcurl hands it to CURLOPT_HEADERFUNCTION. Beyond 64 KB of them, no more are kept.
  void take(std::string_view line);
  void clear();
  // `name` in lower case; "" where there is none. Of several the last.
  std::string_view find(std::string_view name) const;

 private:
  std::map<std::string, std::string, std::less<>> headers_;
  std::size_t bytes_ = 0;
};

// Whether libcurl gave up for the certificate or the encryption.
bool is_tls_problem(CURLcode code);

}  // namespace transcribed::adapters
