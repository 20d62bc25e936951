#include "adapters/curl_handles.h"

#include "wire/header_parameters.h"

namespace transcribed::adapters {
namespace {

constexpr std::size_t most_header_bytes = 64 * 1024;

struct CurlLibrary {
  CurlLibrary() { curl_global_init(CURL_GLOBAL_DEFAULT); }
  ~CurlLibrary() { curl_global_cleanup(); }
};

std::string_view without_line_end(std::string_view line) {
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace

void start_curl() { static const CurlLibrary library; }

std::string part_of(CURLU* url, CURLUPart part, unsigned flags) {
  char* text = nullptr;
  std::string out;
  if (curl_url_get(url, part, &text, flags) == CURLUE_OK && text != nullptr) out = text;
  curl_free(text);
  return out;
}

void AnswerHeaders::take(std::string_view line) {
  if (line.starts_with("HTTP/")) {
    clear();
    return;
  }
  bytes_ += line.size();
  line = without_line_end(line);
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || bytes_ > most_header_bytes) return;
  headers_[wire::to_lower(line.substr(0, colon))] = wire::trim_blanks(line.substr(colon + 1));
}

void AnswerHeaders::clear() {
  headers_.clear();
  bytes_ = 0;
}

std::string_view AnswerHeaders::find(std::string_view name) const {
  const auto found = headers_.find(name);
  return found == headers_.end() ? std::string_view() : found->second;
}

bool is_tls_problem(CURLcode code) {
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_SSL_ENGINE_SETFAILED:
    case CURLE_SSL_ENGINE_INITFAILED:
    case CURLE_SSL_CLIENTCERT:
      return true;
    default:
      return false;
  }
}

}  // namespace transcribed::adapters
