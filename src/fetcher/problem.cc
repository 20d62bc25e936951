#include "fetcher/problem.h"

#include <fmt/format.h>

#include "adapters/curl_handles.h"

namespace transcribed::fetcher {
namespace {

std::string_view advice(int status) {
  switch (status) {
    case 401:
    case 403:
    case 407:
      return "a link that needs a login cannot be fetched";
    case 404:
    case 410:
      return "there is nothing at this address, or no longer";
    case 429:
      return "it is asked too often; try again later";
    default:
      break;
  }
  if (status >= 500) return "it cannot serve this at the moment; try again later";
  if (status >= 300 && status < 400) return "it leads elsewhere without saying where";
  return "only status 200 comes with a file";
}

}  // namespace

Problem problem_of(CURLcode code, std::string_view host, std::string_view detail) {
  if (detail.empty()) detail = curl_easy_strerror(code);
  if (adapters::is_tls_problem(code)) {
    return {FailureKind::tls, fmt::format("{} cannot be talked to securely: {}.", host, detail)};
  }
  switch (code) {
    case CURLE_URL_MALFORMAT:
      return {FailureKind::bad_url, fmt::format("{} cannot be asked: {}.", host, detail)};
    case CURLE_COULDNT_RESOLVE_HOST:
      return {FailureKind::unreachable,
              fmt::format("{} cannot be found; check the name ({}).", host, detail)};
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
      return {FailureKind::unreachable,
              fmt::format("What {} answers is not HTTP: {}.", host, detail)};
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
      return {FailureKind::unreachable, fmt::format("{} cannot be reached: {}.", host, detail)};
    case CURLE_OPERATION_TIMEDOUT:
      return {FailureKind::timeout, fmt::format("{} took too long: {}.", host, detail)};
    case CURLE_OUT_OF_MEMORY:
    case CURLE_FAILED_INIT:
      return {FailureKind::internal, fmt::format("{} was not asked: {}.", host, detail)};
    default:
      return {FailureKind::unreachable,
              fmt::format("The connection to {} broke: {}.", host, detail)};
  }
}

Problem problem_of_status(int status, std::string_view host) {
  return {FailureKind::http_status,
          fmt::format("{} answered with status {}: {}.", host, status, advice(status)), status};
}

}  // namespace transcribed::fetcher
