#include "fetcher/delivery.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "wire/header_parameters.h"

namespace transcribed::fetcher {
namespace {

using wire::fetcher::FromFetcher;

// What an endpoint says is thrown away; to hang up at its first word would look like a failure to
// it.
constexpr std::size_t most_answer_bytes = 64 * 1024;

bool is_header_value(std::string_view value) {
  return std::ranges::none_of(value, [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
  });
}

}  // namespace

Delivery::Delivery(const Settings& settings, wire::fetcher::Post request)
    : Transfer(settings, request.id, request.allow_private),
      request_(std::move(request)),
      began_(Clock::now()) {}

std::optional<Problem> Delivery::begin() {
  auto checked = check_url(request_.url);
  if (!checked) return Problem{FailureKind::bad_url, std::move(checked.error())};
  if (auto problem = point_at(std::move(*checked))) return problem;
  if (auto problem = add_headers()) return problem;
  curl_easy_setopt(easy(), CURLOPT_POST, 1L);
  curl_easy_setopt(easy(), CURLOPT_POSTFIELDSIZE_LARGE,
                   static_cast<curl_off_t>(request_.body.size()));
  curl_easy_setopt(easy(), CURLOPT_POSTFIELDS, request_.body.data());
  curl_easy_setopt(easy(), CURLOPT_HTTPHEADER, sent_headers_.get());
  return std::nullopt;
}

std::optional<Problem> Delivery::add_headers() {
  const auto add = [this](const std::string& line) {
    // The list itself is lost where there is no memory.
    curl_slist* longer = curl_slist_append(sent_headers_.get(), line.c_str());
    if (longer == nullptr) return;
    (void)sent_headers_.release();
    sent_headers_.reset(longer);
  };
  add("Expect:");  // or libcurl asks first, and waits, before a larger body
  for (const auto& [name, value] : request_.headers) {
    if (!wire::is_token(name) || !is_header_value(value)) {
      return Problem{FailureKind::internal,
                     fmt::format("The header \"{}\" cannot be sent: its name must be a word and "
                                 "its value one line.",
                                 name)};
    }
    // So libcurl wants a header without a value.
    add(value.empty() ? name + ";" : name + ": " + value);
  }
  return std::nullopt;
}

wire::fetcher::Posted Delivery::posted() const {
  wire::fetcher::Posted posted{id(), status(), {}};
  curl_off_t wait = 0;
  curl_easy_getinfo(easy(), CURLINFO_RETRY_AFTER, &wait);
  if (wait > 0) posted.retry_after_s = wait;
  return posted;
}

// Once there is a status, nothing after it changes what the endpoint said.
std::optional<FromFetcher> Delivery::finish(CURLcode code) {
  if (has_head()) return posted();
  return failed(problem_with(code));
}

Clock::time_point Delivery::deadline() const { return began_ + request_.timeout; }

FromFetcher Delivery::time_out() {
  if (has_head()) return posted();
  return failed(
      {FailureKind::timeout, fmt::format("{} did not answer within {} s.", url().shown,
                                         static_cast<double>(request_.timeout.count()) / 1000)});
}

bool Delivery::take_body(std::string_view bytes) {
  read_ += bytes.size();
  return read_ < most_answer_bytes;
}

}  // namespace transcribed::fetcher
