#include "http/dashboard.h"

#include <algorithm>
#include <string>
#include <utility>

namespace transcribed::http {
namespace {

// Nothing from elsewhere, nothing inline, and nobody may frame it.
constexpr std::string_view content_security_policy =
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'";

constexpr std::string_view not_built_page =
    "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>transcribed</title>\n"
    "<h1>transcribed is running</h1>\n"
    "<p>This build has no dashboard: what it is made of (Node.js and packages from npm's registry) "
    "could not be had.\n"
    "<code>scripts/web</code> says why; when it succeeds, run <code>make build</code> again.\n"
    "<p>Everything else works: see <code>transcribe --help</code>, or ask "
    "<a href=\"/api/resources\">/api/resources</a> and <a href=\"/api/jobs\">/api/jobs</a>.\n";

// Whether `header`, a list of names with parameters, names `wanted` and not with ";q=0".
bool accepts(std::string_view header, std::string_view wanted) {
  while (!header.empty()) {
    auto item = header.substr(0, header.find(','));
    header.remove_prefix(std::min(header.size(), item.size() + 1));
    const auto first = item.find_first_not_of(" \t");
    if (first == std::string_view::npos) continue;
    item.remove_prefix(first);
    const auto name = item.substr(0, item.find_first_of("; \t"));
    if (name != wanted) continue;
    const auto quality = item.find("q=");
    if (quality == std::string_view::npos) return true;
    return item.substr(quality + 2).find_first_of("123456789") != std::string_view::npos;
  }
  return false;
}

void add_page_headers(Response& response) {
  response.headers.emplace_back("Content-Security-Policy", content_security_policy);
  response.headers.emplace_back("Referrer-Policy", "no-referrer");
  response.headers.emplace_back("X-Frame-Options", "DENY");
}

void send(const DashboardFile& file, const ExchangePtr& exchange) {
  Response response;
  // The names of assets change with what is in them; the page's own does not.
  const bool named_by_content = file.path.starts_with("/assets/");
  // Weak: compressed or not, it is the same.
  const std::string etag = "W/\"" + std::string(file.digest) + "\"";
  response.headers.emplace_back("ETag", etag);
  response.headers.emplace_back("Vary", "Accept-Encoding");
  response.headers.emplace_back(
      "Cache-Control", named_by_content ? "public, max-age=31536000, immutable" : "no-cache");
  if (exchange->header("if-none-match").find(file.digest) != std::string_view::npos) {
    response.status = 304;
    response.content_type = {};
    exchange->respond(std::move(response));
    return;
  }
  response.content_type = file.content_type;
  if (file.content_type.starts_with("text/html")) add_page_headers(response);
  if (!file.gzip.empty() && accepts(exchange->header("accept-encoding"), "gzip")) {
    response.headers.emplace_back("Content-Encoding", "gzip");
    response.body = file.gzip;
  } else {
    response.body = file.bytes;
  }
  exchange->respond(std::move(response));
}

void send_not_built(const ExchangePtr& exchange) {
  Response response;
  response.content_type = "text/html; charset=utf-8";
  response.body = not_built_page;
  add_page_headers(response);
  exchange->respond(std::move(response));
}

}  // namespace

void add_dashboard(Router& router, std::span<const DashboardFile> files) {
  for (const DashboardFile& file : files) {
    router.add(
        Method::get, std::string(file.path),
        [&file](const ExchangePtr& exchange) { send(file, exchange); }, KeyRule::open);
  }
  if (files.empty()) router.add(Method::get, "/", send_not_built, KeyRule::open);
}

}  // namespace transcribed::http
