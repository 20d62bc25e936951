#include "fetcher/transfer.h"

#include <sys/socket.h>

#include <utility>

#include <fmt/format.h>

namespace transcribed::fetcher {
namespace {

// Larger pieces than libcurl's own 16 KB: fewer writes.
constexpr long buffer_bytes = 128 * 1024;

// `host` may name its port; what kind of address it is stands behind `address`, in parentheses.
Problem refused(std::string_view host, std::string_view address) {
  const bool names_it = host.starts_with(address.substr(0, address.find(' ')));
  return {FailureKind::refused_address,
          fmt::format("{}{}: the server connects only to other machines on the public internet, "
                      "unless outgoing.allowed_networks in its configuration allows more.",
                      names_it ? "" : fmt::format("{} leads to ", host), address)};
}

}  // namespace

Transfer::Transfer(const Settings& settings, std::string id, bool allow_private)
    : settings_(settings),
      id_(std::move(id)),
      allow_private_(allow_private),
      easy_(curl_easy_init()),
      last_sign_(Clock::now()) {
  if (easy_) set_up();
}

wire::fetcher::Failed Transfer::failed(Problem problem) const {
  return {id_, problem.kind, problem.status, std::move(problem.message)};
}

template <typename Value>
void Transfer::set(CURLoption option, Value value) {
  curl_easy_setopt(easy_.get(), option, value);
}

void Transfer::set_up() {
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_NOSIGNAL, 1L);
  // Not to wait for a name server that does not answer when the transfer is over.
  set(CURLOPT_QUICK_EXIT, 1L);
  set(CURLOPT_USERAGENT, "transcribed/" TRANSCRIBED_VERSION);
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_BUFFERSIZE, buffer_bytes);
  // A connection that one request was allowed must not serve another that is not.
  set(CURLOPT_FRESH_CONNECT, 1L);
  set(CURLOPT_FORBID_REUSE, 1L);
  // "" is none, also where the environment names one.
  set(CURLOPT_PROXY, settings_.proxy.c_str());
  set(CURLOPT_NOPROXY, "");
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  if (!settings_.ca_file.empty()) set(CURLOPT_CAINFO, settings_.ca_file.c_str());
  set(CURLOPT_ERRORBUFFER, error_.data());
  set(CURLOPT_PRIVATE, static_cast<void*>(this));
  set(CURLOPT_OPENSOCKETFUNCTION, &Transfer::on_socket);
  set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(this));
  set(CURLOPT_PREREQFUNCTION, &Transfer::on_connected);
  set(CURLOPT_PREREQDATA, static_cast<void*>(this));
  set(CURLOPT_HEADERFUNCTION, &Transfer::on_header);
  set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(CURLOPT_WRITEFUNCTION, &Transfer::on_body);
  set(CURLOPT_WRITEDATA, static_cast<void*>(this));
}

std::optional<Problem> Transfer::point_at(CheckedUrl url) {
  if (!easy_) return Problem{FailureKind::internal, "libcurl cannot be used."};
  url_ = std::move(url);
  headers_.clear();
  error_.front() = '\0';
  refused_.clear();
  has_head_ = connected_ = enough_ = false;
  set(CURLOPT_CURLU, url_.handle.get());
  // A proxy looks names up itself: what the URL itself tells can still be refused.
  if (settings_.proxy.empty() || allow_private_) return std::nullopt;
  const auto refusal = settings_.guard.refusal(url_.host);
  if (refusal) return refused(url_.shown, *refusal);
  return std::nullopt;
}

int Transfer::status() const {
  long status = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  return static_cast<int>(status);
}

Problem Transfer::problem_with(CURLcode code) const {
  if (!refused_.empty() && !connected_) return refused(url_.shown, refused_);
  return problem_of(code, url_.shown, error_.data());
}

std::size_t Transfer::on_header(char* bytes, std::size_t, std::size_t size, void* self) {
  // Anything but `size` ends the transfer.
  return static_cast<Transfer*>(self)->header({bytes, size}) ? size : 0;
}

bool Transfer::header(std::string_view line) {
  last_sign_ = Clock::now();
  if (has_head_) return true;  // a trailer
  headers_.take(line);
  const bool complete = line == "\r\n" || line == "\n";
  // What is below 200 only announces the answer.
  if (!complete || status() < 200) return true;
  has_head_ = true;
  enough_ = !take_head();
  return !enough_;
}

std::size_t Transfer::on_body(char* bytes, std::size_t, std::size_t size, void* self) {
  auto* transfer = static_cast<Transfer*>(self);
  transfer->last_sign_ = Clock::now();
  transfer->enough_ = !transfer->take_body({bytes, size});
  return transfer->enough_ ? CURL_WRITEFUNC_ERROR : size;
}

int Transfer::on_connected(void* self, char*, char*, int, int) {
  auto* transfer = static_cast<Transfer*>(self);
  transfer->connected_ = true;
  transfer->last_sign_ = Clock::now();
  return CURL_PREREQFUNC_OK;
}

curl_socket_t Transfer::on_socket(void* self, curlsocktype, curl_sockaddr* address) {
  auto* transfer = static_cast<Transfer*>(self);
  const Settings& settings = transfer->settings_;
  // With a proxy, every connection is one to the proxy, which the configuration names.
  if (settings.proxy.empty() && !transfer->allow_private_) {
    if (auto refusal = settings.guard.refusal(address->addr)) {
      transfer->refused_ = std::move(*refusal);
      return CURL_SOCKET_BAD;
    }
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

}  // namespace transcribed::fetcher
