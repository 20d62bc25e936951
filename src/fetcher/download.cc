#include "fetcher/download.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "wire/file_name.h"

namespace transcribed::fetcher {
namespace {

using wire::fetcher::FromFetcher;

constexpr int most_redirects = 5;
constexpr auto between_progress = std::chrono::milliseconds(250);

double seconds(core::Milliseconds time) { return static_cast<double>(time.count()) / 1000; }

}  // namespace

Download::Download(const Settings& settings, wire::fetcher::Fetch request, OnProgress on_progress)
    : Transfer(settings, request.id, request.allow_private),
      request_(std::move(request)),
      on_progress_(std::move(on_progress)),
      began_(Clock::now()) {}

std::optional<Problem> Download::begin() {
  auto checked = check_url(request_.url);
  if (!checked) return Problem{FailureKind::bad_url, std::move(checked.error())};
  if (auto problem = point_at(std::move(*checked))) return problem;
  curl_easy_setopt(easy(), CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(request_.connect_timeout.count()));
  return std::nullopt;
}

bool Download::leads_elsewhere() const {
  const int code = status();
  return (code == 301 || code == 302 || code == 303 || code == 307 || code == 308) &&
         !headers().find("location").empty();
}

std::optional<FromFetcher> Download::finish(CURLcode code) {
  if (!problem_ && code != CURLE_OK && !is_enough()) problem_ = problem_with(code);
  if (problem_) return failed(*problem_);
  if (leads_elsewhere()) {
    if (auto problem = follow()) return failed(std::move(*problem));
    return std::nullopt;
  }
  if (status() != 200) return failed(problem_of_status(status(), url().shown));
  if (auto problem = create_file()) return failed(std::move(*problem));  // where no byte came
  if (auto problem = file_->finish()) return failed(std::move(*problem));
  constexpr std::size_t longest_type = 255;
  return wire::fetcher::Fetched{
      id(), file_->bytes(), std::string(headers().find("content-type").substr(0, longest_type)),
      wire::download_name(headers().find("content-disposition"), url().path)};
}

std::optional<Problem> Download::follow() {
  if (++redirects_ > most_redirects) {
    return Problem{FailureKind::http_status,
                   fmt::format("{} leads on and on: more than {} redirects are not followed.",
                               url().shown, most_redirects),
                   status()};
  }
  auto next = check_redirect(url(), std::string(headers().find("location")));
  if (!next) return Problem{FailureKind::bad_url, std::move(next.error())};
  return point_at(std::move(*next));
}

Clock::time_point Download::deadline() const {
  const auto end = began_ + request_.total_timeout;
  // Until the connection stands, libcurl looks at the time.
  return connected() ? std::min(end, last_sign() + request_.idle_timeout) : end;
}

FromFetcher Download::time_out() {
  const bool in_all = Clock::now() >= began_ + request_.total_timeout;
  return failed({FailureKind::timeout,
                 in_all ? fmt::format("{} took too long: the file was not here after {} s.",
                                      url().shown, seconds(request_.total_timeout))
                        : fmt::format("{} fell silent: nothing came for {} s.", url().shown,
                                      seconds(request_.idle_timeout))});
}

// Whatever an error or a redirect says beside its head is not needed.
bool Download::take_head() { return status() == 200; }

bool Download::take_body(std::string_view bytes) {
  problem_ = store(bytes);
  if (!problem_) tell_progress();
  return !problem_;
}

std::optional<Problem> Download::store(std::string_view bytes) {
  if (auto problem = create_file()) return problem;
  const std::int64_t together = file_->bytes() + static_cast<std::int64_t>(bytes.size());
  if (together > request_.max_bytes) return too_large(together, true);
  return file_->append(bytes);
}

std::optional<Problem> Download::create_file() {
  if (file_) return std::nullopt;
  curl_off_t announced = -1;
  curl_easy_getinfo(easy(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &announced);
  if (announced >= 0) length_ = announced;
  if (announced > request_.max_bytes) return too_large(announced, false);
  auto made = ReceivedFile::create(request_.file, length_.value_or(0), request_.min_free_disk_mb);
  if (!made) return std::move(made.error());
  file_.emplace(std::move(*made));
  return std::nullopt;
}

Problem Download::too_large(std::int64_t bytes, bool at_least) const {
  return {FailureKind::too_large,
          fmt::format("The file at {} is too large: it has {}{} bytes, and {} are allowed.",
                      url().shown, at_least ? "at least " : "", bytes, request_.max_bytes)};
}

void Download::tell_progress() {
  const auto now = Clock::now();
  if (told_at_ && now - *told_at_ < between_progress) return;
  told_at_ = now;
  on_progress_({id(), file_->bytes(), length_});
}

}  // namespace transcribed::fetcher
