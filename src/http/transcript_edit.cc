#include "http/transcript_edit.h"

#include <charconv>
#include <exception>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <boost/json/object.hpp>

#include "http/body_reader.h"
#include "http/errors.h"
#include "http/job_route.h"
#include "http/transcript_api.h"
#include "wire/json_text.h"
#include "wire/openai_json.h"
#include "wire/transcript_json.h"

namespace transcribed::http {
namespace {

// Ten hours with a time for every word are some 10 MB.
constexpr std::size_t transcript_limit_bytes = 32 * 1024 * 1024;
// Each takes a few times the size of its body for a moment.
constexpr int most_edits_at_once = 4;

// Counts the edits that are being taken. Loop thread.
class Seat {
 public:
  explicit Seat(std::shared_ptr<int> taken) : taken_(std::move(taken)) { ++*taken_; }
  ~Seat() { --*taken_; }
  Seat(const Seat&) = delete;
  Seat& operator=(const Seat&) = delete;

 private:
  const std::shared_ptr<int> taken_;
};

// Reading and writing one takes longer than the loop may be kept from its other work.
struct Edit {
  std::string text;
  core::Transcript transcript;
  std::optional<ApiError> problem;

  void read(core::JobId id) {
    try {
      parse(id);
    } catch (const std::exception&) {
      problem = no_memory_for_transcript();
    }
    text = {};
  }

  void parse(core::JobId id) {
    auto parsed = wire::parse_transcript(text);
    if (!parsed) {
      problem =
          bad_request("bad_transcript",
                      "The body is no transcript as format=json gives it: " + parsed.error() + ".");
      return;
    }
    if (parsed->segments.empty()) {
      problem = bad_request("bad_transcript",
                            "The transcript has no segments. To go back to what the engine heard, "
                            "POST to /api/jobs/" +
                                id.to_string() + "/transcript/restore.",
                            "segments");
      return;
    }
    transcript = std::move(*parsed);
    int next = 0;
    for (core::Segment& segment : transcript.segments) segment.id = next++;
  }

  void write() {
    try {
      text = wire::to_file_json(transcript) + '\n';
    } catch (const std::exception&) {
      problem = no_memory_for_transcript();
    }
  }
};

// The revision that If-Match names. Nothing: whichever it is. One that there never is for what was
// not made here.
std::optional<std::int64_t> wanted_revision(std::string_view if_match) {
  if (if_match.empty() || if_match == "*") return std::nullopt;
  std::int64_t revision = 0;
  const bool quoted = if_match.size() > 2 && if_match.front() == '"' && if_match.back() == '"';
  const auto digits = quoted ? if_match.substr(1, if_match.size() - 2) : std::string_view();
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), revision);
  const bool is_ours =
      quoted && read.ec == std::errc() && read.ptr == digits.data() + digits.size();
  return is_ours ? revision : std::numeric_limits<std::int64_t>::max();
}

Response too_many() {
  ApiError error;
  error.status = 503;
  error.code = "busy";
  error.message = "Other corrections are being written: try again in a second.";
  error.headers.emplace_back("Retry-After", "1");
  return to_response(error);
}

Response edited(core::JobId id, std::int64_t revision) {
  boost::json::object body;
  body["id"] = id.to_string();
  body["edited"] = true;
  Response response;
  response.body = wire::to_text(body) + '\n';
  response.headers.emplace_back("ETag", etag_of(revision));
  return response;
}

void take(const SubmissionContext& context, std::shared_ptr<Seat> seat, core::JobId id,
          const ExchangePtr& exchange) {
  const auto replaces = wanted_revision(exchange->header("if-match"));
  read_body(exchange, transcript_limit_bytes,
            [&context, seat = std::move(seat), id, exchange, replaces](std::string body) {
              auto edit = std::make_shared<Edit>();
              edit->text = std::move(body);
              // The pool forgets its work before `done` comes: the seat is given up on the loop.
              context.pool->run(
                  [edit, id] { edit->read(id); },
                  [&context, edit, seat, id, exchange, replaces] {
                    if (edit->problem) {
                      exchange->respond(to_response(*edit->problem));
                      return;
                    }
                    context.jobs.edit_transcript(
                        id, std::move(edit->transcript), replaces,
                        [exchange, seat, id](const auto& revision) {
                          exchange->respond(revision ? edited(id, *revision)
                                                     : to_response(to_error(revision.error())));
                        });
                  });
            });
}

void restore(const SubmissionContext& context, core::JobId id, ExchangePtr exchange) {
  context.jobs.restore_transcript(id, [pool = context.pool, exchange = std::move(exchange)](
                                          tl::expected<core::Transcript, scheduler::Refusal> now) {
    if (!now) {
      exchange->respond(to_response(to_error(now.error())));
      return;
    }
    auto edit = std::make_shared<Edit>();
    edit->transcript = std::move(*now);
    pool->run([edit] { edit->write(); },
              [edit, exchange] {
                if (edit->problem) {
                  exchange->respond(to_response(*edit->problem));
                  return;
                }
                Response response;
                response.content_type = "application/json; charset=utf-8";
                response.body = std::move(edit->text);
                response.headers.emplace_back("ETag", etag_of(edit->transcript.revision));
                exchange->respond(std::move(response));
              });
  });
}

}  // namespace

void add_transcript_edits(Router& router, const SubmissionContext& context) {
  router.add(Method::put, "/api/jobs/{id}/transcript",
             with_id([&context, taken = std::make_shared<int>(0)](core::JobId id,
                                                                  const ExchangePtr& exchange) {
               if (*taken >= most_edits_at_once) return exchange->respond(too_many());
               take(context, std::make_shared<Seat>(taken), id, exchange);
             }));
  router.add(Method::post, "/api/jobs/{id}/transcript/restore",
             with_id([&context](core::JobId id, ExchangePtr exchange) {
               restore(context, id, std::move(exchange));
             }));
}

}  // namespace transcribed::http
