// The JSON Lines that the daemon and its fetcher speak on the fetcher's standard input and output:
// one object a line, UTF-8, ended by "\n"; its "type" names the message. Every `fetch` and `post`
// gets exactly one end (fetched, posted or failed), whatever happens; docs/outgoing.md is about it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <tl/expected.hpp>

#include "core/memory_size.h"
#include "core/time.h"

namespace transcribed::wire::fetcher {

// A line longer than this (bytes, newline included) is not of this protocol.
inline constexpr std::size_t max_line_bytes = 1 << 20;

// --- daemon to fetcher ---
// Ids are the daemon's; one is free again once its request has ended.
struct Fetch {
  std::string id;
  std::string url;
  std::string file;  // absolute; FILE.part grows beside it, and must not be there yet
  std::int64_t max_bytes = 0;
  core::Megabytes min_free_disk_mb = 0;  // what stays free on the disk of `file`
  bool allow_private = false;            // addresses outside the public internet, too
  core::Milliseconds connect_timeout{0};
  core::Milliseconds idle_timeout{0};   // without a byte
  core::Milliseconds total_timeout{0};  // redirects included
  bool operator==(const Fetch&) const = default;
};
struct Post {
  std::string id;
  std::string url;
  std::map<std::string, std::string> headers;
  std::string body;
  bool allow_private = false;
  core::Milliseconds timeout{0};
  bool operator==(const Post&) const = default;
};
// Answered by the request's end; by nothing when it has ended already.
struct Cancel {
  std::string id;
  bool operator==(const Cancel&) const = default;
};
struct Shutdown {
  bool operator==(const Shutdown&) const = default;
};
using ToFetcher = std::variant<Fetch, Post, Cancel, Shutdown>;

// --- fetcher to daemon ---
struct FetchProgress {
  std::string id;
  std::int64_t bytes = 0;
  std::optional<std::int64_t> total;  // nothing: the server does not say
  bool operator==(const FetchProgress&) const = default;
};
// The file is whole and on the disk.
struct Fetched {
  std::string id;
  std::int64_t bytes = 0;
  std::string content_type;  // as the server sent it; may be empty
  std::string file_name;     // for people: no folders, no control characters; may be empty
  bool operator==(const Fetched&) const = default;
};
struct Posted {
  std::string id;
  int status = 0;
  std::optional<std::int64_t> retry_after_s;
  bool operator==(const Posted&) const = default;
};

enum class FailureKind {
  refused_address,  // outside the public internet, and not allowed
  bad_url,          // not http or https, user info, no host, a redirect to such a one
  unreachable,      // no such name, no connection, or it broke
  http_status,      // `status` says which; a redirect that leads on and on, too
  too_large,
  timeout,
  disk_full,  // or would be
  tls,        // the certificate, or the encryption
  cancelled,
  internal,
};
// The word on the wire ("refused_address").
std::string_view to_string(FailureKind kind);
std::optional<FailureKind> parse_failure_kind(std::string_view word);

struct Failed {
  std::string id;
  FailureKind kind = FailureKind::internal;
  std::optional<int> status = {};
  std::string message;  // a sentence for people
  bool operator==(const Failed&) const = default;
};
using FromFetcher = std::variant<FetchProgress, Fetched, Posted, Failed>;

// Each with its final newline.
std::string to_line(const ToFetcher& message);
std::string to_line(const FromFetcher& message);

// What was wrong with a request. The id, where it could be read: that request is owed an end.
struct BadRequest {
  std::string id;
  std::string problem;  // a sentence
};
// `line` without its newline. Unknown keys are ignored, so that either side may be the newer one.
tl::expected<ToFetcher, BadRequest> parse_to_fetcher(std::string_view line);
// The error is a sentence.
tl::expected<FromFetcher, std::string> parse_from_fetcher(std::string_view line);

}  // namespace transcribed::wire::fetcher
