#include "wire/fetcher_protocol.h"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/json/object.hpp>

#include "wire/json_fields.h"
#include "wire/json_text.h"
#include "wire/line_parser.h"
#include "wire/utf8.h"

namespace transcribed::wire::fetcher {
namespace {

namespace json = boost::json;

constexpr std::array<std::pair<FailureKind, std::string_view>, 10> kinds{{
    {FailureKind::refused_address, "refused_address"},
    {FailureKind::bad_url, "bad_url"},
    {FailureKind::unreachable, "unreachable"},
    {FailureKind::http_status, "http_status"},
    {FailureKind::too_large, "too_large"},
    {FailureKind::timeout, "timeout"},
    {FailureKind::disk_full, "disk_full"},
    {FailureKind::tls, "tls"},
    {FailureKind::cancelled, "cancelled"},
    {FailureKind::internal, "internal"},
}};

double seconds(core::Milliseconds time) { return static_cast<double>(time.count()) / 1000; }

json::object object_of(const Fetch& fetch) {
  return {{"type", "fetch"},
          {"id", to_valid_utf8(fetch.id)},
          {"url", to_valid_utf8(fetch.url)},
          {"file", to_valid_utf8(fetch.file)},
          {"max_bytes", fetch.max_bytes},
          {"min_free_disk_mb", fetch.min_free_disk_mb},
          {"allow_private", fetch.allow_private},
          {"connect_timeout_s", seconds(fetch.connect_timeout)},
          {"idle_timeout_s", seconds(fetch.idle_timeout)},
          {"total_timeout_s", seconds(fetch.total_timeout)}};
}
json::object object_of(const Post& post) {
  json::object headers;
  for (const auto& [name, value] : post.headers) {
    headers[to_valid_utf8(name)] = to_valid_utf8(value);
  }
  return {{"type", "post"},
          {"id", to_valid_utf8(post.id)},
          {"url", to_valid_utf8(post.url)},
          {"headers", std::move(headers)},
          {"body", to_valid_utf8(post.body)},
          {"allow_private", post.allow_private},
          {"timeout_s", seconds(post.timeout)}};
}
json::object object_of(const Cancel& cancel) {
  return {{"type", "cancel"}, {"id", to_valid_utf8(cancel.id)}};
}
json::object object_of(const Shutdown&) { return {{"type", "shutdown"}}; }

json::object object_of(const FetchProgress& progress) {
  json::object object{
      {"type", "fetch_progress"}, {"id", to_valid_utf8(progress.id)}, {"bytes", progress.bytes}};
  if (progress.total) object["total"] = *progress.total;
  return object;
}
json::object object_of(const Fetched& fetched) {
  return {{"type", "fetched"},
          {"id", to_valid_utf8(fetched.id)},
          {"bytes", fetched.bytes},
          {"content_type", to_valid_utf8(fetched.content_type)},
          {"file_name", to_valid_utf8(fetched.file_name)}};
}
json::object object_of(const Posted& posted) {
  json::object object{
      {"type", "posted"}, {"id", to_valid_utf8(posted.id)}, {"status", posted.status}};
  if (posted.retry_after_s) object["retry_after_s"] = *posted.retry_after_s;
  return object;
}
json::object object_of(const Failed& failed) {
  json::object object{
      {"type", "failed"}, {"id", to_valid_utf8(failed.id)}, {"kind", to_string(failed.kind)}};
  if (failed.status) object["status"] = *failed.status;
  object["message"] = to_valid_utf8(failed.message);
  return object;
}

template <typename Message>
std::string line_of(const Message& message) {
  std::string line = std::visit([](const auto& one) { return to_text(object_of(one)); }, message);
  line += '\n';
  return line;
}

core::Milliseconds time_limit(JsonFields& fields, std::string_view key) {
  const core::Milliseconds limit(static_cast<std::int64_t>(fields.seconds(key) * 1000 + 0.5));
  if (limit.count() == 0) {
    fields.complain("\"" + std::string(key) + "\" must be a number of seconds above 0");
  }
  return limit;
}

Fetch fetch_of(JsonFields& fields) {
  Fetch fetch;
  fetch.id = fields.name("id");
  fetch.url = fields.name("url");
  fetch.file = fields.name("file");
  if (!fetch.file.starts_with('/')) fields.complain("\"file\" must be an absolute path");
  if (fetch.file.find('\0') != std::string::npos) fields.complain("\"file\" holds a zero byte");
  fetch.max_bytes = fields.count("max_bytes");
  fetch.min_free_disk_mb = fields.megabytes_or_zero("min_free_disk_mb");
  fetch.allow_private = fields.flag_or_false("allow_private");
  fetch.connect_timeout = time_limit(fields, "connect_timeout_s");
  fetch.idle_timeout = time_limit(fields, "idle_timeout_s");
  fetch.total_timeout = time_limit(fields, "total_timeout_s");
  return fetch;
}

std::map<std::string, std::string> headers_of(JsonFields& fields) {
  std::map<std::string, std::string> headers;
  const json::object* object = fields.object("headers");
  if (object == nullptr) return headers;
  for (const json::key_value_pair& header : *object) {
    const json::string* value = header.value().if_string();
    if (value == nullptr) {
      fields.complain("\"headers\" must hold strings");
      break;
    }
    headers[std::string(header.key())] = std::string(*value);
  }
  return headers;
}

Post post_of(JsonFields& fields) {
  Post post;
  post.id = fields.name("id");
  post.url = fields.name("url");
  post.headers = headers_of(fields);
  post.body = fields.text_or_empty("body");
  post.allow_private = fields.flag_or_false("allow_private");
  post.timeout = time_limit(fields, "timeout_s");
  return post;
}

std::optional<std::string> read_request(std::string_view type, const json::object& object,
                                        ToFetcher& message) {
  JsonFields fields(object);
  if (type == "fetch") {
    message = fetch_of(fields);
  } else if (type == "post") {
    message = post_of(fields);
  } else if (type == "cancel") {
    message = Cancel{fields.name("id")};
  } else if (type == "shutdown") {
    message = Shutdown{};
  } else {
    return "\"type\" is none of this protocol";
  }
  return fields.error();
}

Failed failed_of(JsonFields& fields) {
  Failed failed;
  failed.id = fields.name("id");
  const auto kind = parse_failure_kind(fields.text("kind"));
  if (!kind) fields.complain("\"kind\" is none of this protocol");
  failed.kind = kind.value_or(FailureKind::internal);
  failed.status = fields.optional_whole("status", 0);
  failed.message = fields.text_or_empty("message");
  return failed;
}

std::optional<std::string> read_answer(std::string_view type, const json::object& object,
                                       FromFetcher& message) {
  JsonFields fields(object);
  if (type == "fetch_progress") {
    FetchProgress progress{.id = fields.name("id"), .bytes = fields.count("bytes"), .total = {}};
    progress.total = fields.optional_count("total");
    message = std::move(progress);
  } else if (type == "fetched") {
    Fetched fetched;
    fetched.id = fields.name("id");
    fetched.bytes = fields.count("bytes");
    fetched.content_type = fields.text_or_empty("content_type");
    fetched.file_name = fields.text_or_empty("file_name");
    message = std::move(fetched);
  } else if (type == "posted") {
    Posted posted;
    posted.id = fields.name("id");
    posted.status = fields.whole("status", 100);
    posted.retry_after_s = fields.optional_count("retry_after_s");
    message = std::move(posted);
  } else if (type == "failed") {
    message = failed_of(fields);
  } else {
    return "\"type\" is none of this protocol";
  }
  return fields.error();
}

// Only of what is answered: a cancel that names nobody is owed nothing.
std::string id_of(std::string_view type, const json::object& object) {
  if (type != "fetch" && type != "post") return {};
  const json::value* id = object.if_contains("id");
  return id != nullptr && id->is_string() ? std::string(id->get_string()) : std::string();
}

}  // namespace

std::string_view to_string(FailureKind kind) {
  const auto* found =
      std::ranges::find(kinds, kind, &std::pair<FailureKind, std::string_view>::first);
  return found == kinds.end() ? "internal" : found->second;
}

std::optional<FailureKind> parse_failure_kind(std::string_view word) {
  const auto* found =
      std::ranges::find(kinds, word, &std::pair<FailureKind, std::string_view>::second);
  if (found == kinds.end()) return std::nullopt;
  return found->first;
}

std::string to_line(const ToFetcher& message) { return line_of(message); }
std::string to_line(const FromFetcher& message) { return line_of(message); }

tl::expected<ToFetcher, BadRequest> parse_to_fetcher(std::string_view line) {
  ToFetcher message;
  std::string id;
  auto problem =
      parse_line(line, max_line_bytes, [&](std::string_view type, const json::object& object) {
        id = id_of(type, object);
        return read_request(type, object, message);
      });
  if (problem) return tl::unexpected(BadRequest{std::move(id), std::move(*problem)});
  return message;
}

tl::expected<FromFetcher, std::string> parse_from_fetcher(std::string_view line) {
  FromFetcher message;
  auto problem =
      parse_line(line, max_line_bytes, [&](std::string_view type, const json::object& object) {
        return read_answer(type, object, message);
      });
  if (problem) return tl::unexpected(std::move(*problem));
  return message;
}

}  // namespace transcribed::wire::fetcher
