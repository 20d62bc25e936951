#include "adapters/http_download.h"

#include <array>
#include <charconv>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "adapters/curl_handles.h"
#include "wire/header_parameters.h"

namespace transcribed::adapters {
namespace {

using Kind = DownloadProblem::Kind;

// A pause between two looks at whether we should stop, when nothing wakes us.
constexpr int look_every_ms = 500;
constexpr long most_redirects = 10;

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "bytes 10-99/100": 10, and 100 where it is told.
struct ContentRange {
  std::int64_t first = 0;
  std::optional<std::int64_t> whole;
};
std::optional<ContentRange> parse_range(std::string_view text) {
  if (!text.starts_with("bytes ")) return std::nullopt;
  text.remove_prefix(6);
  const auto dash = text.find('-');
  const auto slash = text.find('/');
  if (dash == std::string_view::npos || slash == std::string_view::npos || slash < dash) {
    return std::nullopt;
  }
  const auto first = number(text.substr(0, dash));
  if (!first) return std::nullopt;
  return ContentRange{*first, number(text.substr(slash + 1))};
}

class Transfer {
 public:
  Transfer(const DownloadRequest& request, const PartFile& part)
      : request_(request), part_(part), easy_(curl_easy_init()) {}

  std::optional<DownloadProblem> run() {
    if (!easy_) return DownloadProblem{Kind::unreachable, "libcurl cannot be used"};
    position_ = part_.size();
    const std::string version = part_.version();
    if (position_ > request_.bytes || (position_ > 0 && version.empty())) {
      if (auto wrong = start_over()) return wrong;
    }
    if (position_ == request_.bytes) return std::nullopt;
    set_up(version);
    const CURLcode code = perform();
    if (own_problem_) return own_problem_;
    if (const long status = response_status(); code == CURLE_OK && status != 200 && status != 206) {
      // The file has become shorter than what we have of it.
      if (status == 416 && position_ > 0) {
        if (auto wrong = start_over()) return wrong;
        return DownloadProblem{Kind::broken, "the file has changed on the server"};
      }
      return by_status(status);
    }
    if (code != CURLE_OK) return by_code(code);
    if (position_ != request_.bytes) {
      return DownloadProblem{Kind::broken, fmt::format("the connection ended {} bytes early",
                                                       request_.bytes - position_)};
    }
    return std::nullopt;
  }

 private:
  CURL* curl() const { return easy_.get(); }

  long response_status() const {
    long status = 0;
    curl_easy_getinfo(curl(), CURLINFO_RESPONSE_CODE, &status);
    return status;
  }

  void set_up(const std::string& version) {
    const bool secure = wire::to_lower(request_.url).starts_with("https://");
    curl_easy_setopt(curl(), CURLOPT_URL, request_.url.c_str());
    curl_easy_setopt(curl(), CURLOPT_PROTOCOLS_STR, "http,https");
    // Somebody on the way must not lead us from a connection that proves who answers to one that
    // does not.
    curl_easy_setopt(curl(), CURLOPT_REDIR_PROTOCOLS_STR, secure ? "https" : "http,https");
    curl_easy_setopt(curl(), CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl(), CURLOPT_MAXREDIRS, most_redirects);
    curl_easy_setopt(curl(), CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl(), CURLOPT_USERAGENT, "transcribe/" TRANSCRIBED_VERSION);
    curl_easy_setopt(curl(), CURLOPT_CONNECTTIMEOUT,
                     static_cast<long>(request_.limits.connect.count()));
    curl_easy_setopt(curl(), CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl(), CURLOPT_LOW_SPEED_TIME,
                     static_cast<long>(request_.limits.silence.count()));
    curl_easy_setopt(curl(), CURLOPT_ERRORBUFFER, error_.data());
    curl_easy_setopt(curl(), CURLOPT_HEADERFUNCTION, &Transfer::header);
    curl_easy_setopt(curl(), CURLOPT_HEADERDATA, this);
    curl_easy_setopt(curl(), CURLOPT_WRITEFUNCTION, &Transfer::body);
    curl_easy_setopt(curl(), CURLOPT_WRITEDATA, this);
    if (position_ > 0) {
      curl_easy_setopt(curl(), CURLOPT_RANGE, fmt::format("{}-", position_).c_str());
      asked_.reset(curl_slist_append(nullptr, ("If-Range: " + version).c_str()));
      curl_easy_setopt(curl(), CURLOPT_HTTPHEADER, asked_.get());
    }
  }

  CURLcode perform() {
    const MultiHandle multi(curl_multi_init());
    if (!multi || curl_multi_add_handle(multi.get(), curl()) != CURLM_OK) return CURLE_FAILED_INIT;
    CURLcode result = CURLE_OK;
    for (int running = 1; running > 0;) {
      if (curl_multi_perform(multi.get(), &running) != CURLM_OK) {
        result = CURLE_FAILED_INIT;
        break;
      }
      if (request_.interruption.is_asked()) {
        own_problem_ = DownloadProblem{Kind::interrupted, ""};
        break;
      }
      if (running == 0) break;
      curl_waitfd wake{request_.interruption.fd, CURL_WAIT_POLLIN, 0};
      curl_multi_poll(multi.get(), &wake, wake.fd >= 0 ? 1 : 0, look_every_ms, nullptr);
    }
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi.get(), &left)) {
      if (message->msg == CURLMSG_DONE) result = message->data.result;
    }
    curl_multi_remove_handle(multi.get(), curl());
    return result;
  }

  static std::size_t header(char* bytes, std::size_t, std::size_t size, void* self) {
    static_cast<Transfer*>(self)->headers_.take(std::string_view(bytes, size));
    return size;
  }

  static std::size_t body(char* bytes, std::size_t, std::size_t size, void* self) {
    auto* transfer = static_cast<Transfer*>(self);
    return transfer->take_body(std::string_view(bytes, size)) ? size : CURL_WRITEFUNC_ERROR;
  }

  bool take_body(std::string_view bytes) {
    const long status = response_status();
    if (status != 200 && status != 206) return true;  // the page of an error
    if (!body_begun_) {
      if ((own_problem_ = status == 206 ? begin_rest() : begin_whole())) return false;
      body_begun_ = true;
    }
    if (position_ + static_cast<std::int64_t>(bytes.size()) > request_.bytes) {
      own_problem_ = not_so_large(position_ + static_cast<std::int64_t>(bytes.size()), true);
      return false;
    }
    if (const auto error = part_.write_at(position_, bytes)) {
      own_problem_ = not_written(*error);
      return false;
    }
    position_ += static_cast<std::int64_t>(bytes.size());
    if (request_.on_progress) request_.on_progress(position_);
    return true;
  }

  std::optional<DownloadProblem> begin_rest() const {
    const auto range = parse_range(headers_.find("content-range"));
    if (!range || range->first != position_) {
      return DownloadProblem{Kind::refused, "it sent another part of the file than was asked for"};
    }
    if (range->whole && *range->whole != request_.bytes) return not_so_large(*range->whole, false);
    return std::nullopt;
  }

  std::optional<DownloadProblem> begin_whole() {
    curl_off_t length = -1;
    curl_easy_getinfo(curl(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    if (length >= 0 && length != request_.bytes) return not_so_large(length, false);
    if (auto wrong = start_over()) return wrong;
    const std::string_view etag = headers_.find("etag");
    // RFC 9110 allows only strong validators here.
    const bool strong = !etag.empty() && !etag.starts_with("W/");
    part_.set_version(strong ? etag : headers_.find("last-modified"));
    return std::nullopt;
  }

  std::optional<DownloadProblem> start_over() {
    if (const auto error = part_.clear()) return not_written(*error);
    part_.set_version("");
    position_ = 0;
    if (request_.on_progress) request_.on_progress(0);
    return std::nullopt;
  }

  DownloadProblem not_so_large(std::int64_t offered, bool at_least) const {
    return {Kind::wrong_size, fmt::format("it offers {}{} bytes in place of {}",
                                          at_least ? "at least " : "", offered, request_.bytes)};
  }

  static DownloadProblem not_written(int error) {
    return {is_disk_full(error) ? Kind::disk_full : Kind::write_failed,
            std::generic_category().message(error)};
  }

  static DownloadProblem by_status(long status) {
    const bool busy = status == 408 || status == 429 || status >= 500;
    return {busy ? Kind::busy : Kind::refused, fmt::format("status {}", status)};
  }

  DownloadProblem by_code(CURLcode code) const {
    std::string detail = error_.front() != '\0' ? error_.data() : curl_easy_strerror(code);
    if (is_tls_problem(code)) return {Kind::unreachable, std::move(detail)};
    switch (code) {
      case CURLE_UNSUPPORTED_PROTOCOL:
        return {Kind::not_https, std::move(detail)};
      case CURLE_URL_MALFORMAT:
      case CURLE_TOO_MANY_REDIRECTS:
        return {Kind::refused, std::move(detail)};
      case CURLE_COULDNT_RESOLVE_PROXY:
      case CURLE_COULDNT_RESOLVE_HOST:
      case CURLE_COULDNT_CONNECT:
        return {Kind::unreachable, std::move(detail)};
      default:
        // A time-out before any answer is no broken transfer.
        return {response_status() == 0 && !body_begun_ && code == CURLE_OPERATION_TIMEDOUT
                    ? Kind::unreachable
                    : Kind::broken,
                std::move(detail)};
    }
  }

  const DownloadRequest& request_;
  const PartFile& part_;
  EasyHandle easy_;
  HeaderList asked_;
  AnswerHeaders headers_;
  std::array<char, CURL_ERROR_SIZE> error_{};
  std::int64_t position_ = 0;
  bool body_begun_ = false;
  std::optional<DownloadProblem> own_problem_;  // what ended it from our side
};

}  // namespace

std::optional<DownloadProblem> download(const DownloadRequest& request, const PartFile& part) {
  start_curl();
  return Transfer(request, part).run();
}

std::string host_of(const std::string& url) {
  const UrlHandle parsed(curl_url());
  if (!parsed || curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) return {};
  const std::string port = part_of(parsed.get(), CURLUPART_PORT);
  return part_of(parsed.get(), CURLUPART_HOST) + (port.empty() ? "" : ":" + port);
}

}  // namespace transcribed::adapters
