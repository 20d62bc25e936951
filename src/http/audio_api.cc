#include "http/audio_api.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>

#include "http/audio_tickets.h"
#include "http/byte_range.h"
#include "http/errors.h"
#include "http/file_streams.h"
#include "http/job_route.h"
#include "http/recording_file.h"
#include "wire/json_text.h"

namespace transcribed::http {
namespace {

// What both ways to a recording need.
struct AudioApi {
  const SubmissionContext& context;
  std::shared_ptr<FileStreams> streams;
  std::function<bool(const std::string&)> still_lets_in;
  AudioTickets tickets;
};

// What the pool finds out about one request.
struct Reading {
  core::Audio audio;
  std::vector<std::string> allowed;
  std::string range_header;
  ByteRange range;
  std::shared_ptr<const RecordingFile> file;
  tl::expected<std::string, ApiError> piece;  // of a range

  void work() {
    auto opened = RecordingFile::open(audio, allowed);
    if (!opened) {
      piece = tl::make_unexpected(std::move(opened.error()));
      return;
    }
    file = std::make_shared<const RecordingFile>(std::move(*opened));
    range = parse_byte_range(range_header, file->size());
    if (range.kind != ByteRange::Kind::part) return;
    range.length = std::min(range.length, audio_piece_bytes);
    piece = file->read(range.first, static_cast<std::size_t>(range.length));
  }
};

Response unsatisfiable(std::uint64_t size) {
  ApiError error;
  error.status = 416;
  error.code = "range_not_satisfiable";
  error.message = "The recording has " + std::to_string(size) +
                  " bytes; none of them is in the range that was asked for.";
  error.headers.emplace_back("Content-Range", "bytes */" + std::to_string(size));
  return to_response(error);
}

Response head_of(std::string_view name) {
  Response response;
  response.content_type = recording_type(name);
  response.headers.emplace_back("Accept-Ranges", "bytes");
  response.headers.emplace_back("Cache-Control", "private, no-cache");
  return response;
}

void answer(const AudioApi& api, Reading& reading, const std::string& name,
            const ExchangePtr& exchange) {
  if (!reading.piece) {
    exchange->respond(to_response(reading.piece.error()));
    return;
  }
  const std::uint64_t size = reading.file->size();
  const ByteRange& range = reading.range;
  Response response = head_of(name);
  switch (range.kind) {
    case ByteRange::Kind::unsatisfiable:
      exchange->respond(unsatisfiable(size));
      return;
    case ByteRange::Kind::whole:
      if (exchange->method() == Method::head) {
        exchange->stream(std::move(response));  // ends with its head
        return;
      }
      api.streams->send(reading.file, exchange->stream(std::move(response)));
      return;
    case ByteRange::Kind::part:
      break;
  }
  response.status = 206;
  response.body = std::move(*reading.piece);
  response.headers.emplace_back("Content-Range",
                                "bytes " + std::to_string(range.first) + "-" +
                                    std::to_string(range.first + range.length - 1) + "/" +
                                    std::to_string(size));
  exchange->respond(std::move(response));
}

void send_audio(const std::shared_ptr<AudioApi>& api, core::JobId id, const ExchangePtr& exchange) {
  api->context.jobs.view(
      id, [api, exchange](tl::expected<scheduler::JobView, scheduler::Refusal> view) {
        if (!view) {
          exchange->respond(to_response(to_error(view.error())));
          return;
        }
        auto reading = std::make_shared<Reading>();
        reading->audio = std::move(view->job.audio);
        reading->allowed = api->context.storage.allowed_paths;
        // A range is of GET alone (RFC 9110, 14.2).
        if (exchange->method() != Method::head) reading->range_header = exchange->header("range");
        api->context.pool->run([reading] { reading->work(); },
                               [api, exchange, reading, name = std::move(view->job.name)] {
                                 answer(*api, *reading, name, exchange);
                               });
      });
}

void issue_ticket(const std::shared_ptr<AudioApi>& api, core::JobId id,
                  const ExchangePtr& exchange) {
  api->context.jobs.view(
      id, [api, id, exchange](const tl::expected<scheduler::JobView, scheduler::Refusal>& view) {
        if (!view) {
          exchange->respond(to_response(to_error(view.error())));
          return;
        }
        boost::json::object body;
        body["url"] = "/audio/" + api->tickets.issue(id, exchange->caller.name,
                                                     std::chrono::steady_clock::now());
        body["expires_in_seconds"] =
            std::chrono::duration_cast<std::chrono::seconds>(AudioTickets::lasts).count();
        Response response;
        response.status = 201;
        response.body = wire::to_text(body) + '\n';
        response.headers.emplace_back("Cache-Control", "no-store");
        exchange->respond(std::move(response));
      });
}

void send_by_ticket(const std::shared_ptr<AudioApi>& api, const ExchangePtr& exchange) {
  const auto ticket = exchange->path_parameter("ticket");
  const auto found = api->tickets.find(ticket, std::chrono::steady_clock::now());
  if (found && api->still_lets_in(found->owner)) {
    send_audio(api, found->job, exchange);
    return;
  }
  ApiError error;
  error.status = 404;
  error.code = "ticket_unknown";
  error.message =
      "This address has expired: ask for a new one with POST /api/jobs/{id}/audio/ticket.";
  exchange->respond(to_response(error));
}

}  // namespace

void add_audio_api(Router& router, const SubmissionContext& context,
                   std::function<bool(const std::string&)> still_lets_in) {
  const auto api = std::make_shared<AudioApi>(
      AudioApi{context, std::make_shared<FileStreams>(context.pool), std::move(still_lets_in), {}});
  router.add(Method::get, "/api/jobs/{id}/audio",
             with_id([api](core::JobId id, const ExchangePtr& exchange) {
               send_audio(api, id, exchange);
             }));
  router.add(Method::post, "/api/jobs/{id}/audio/ticket",
             with_id([api](core::JobId id, const ExchangePtr& exchange) {
               issue_ticket(api, id, exchange);
             }));
  router.add(
      Method::get, "/audio/{ticket}",
      [api](const ExchangePtr& exchange) { send_by_ticket(api, exchange); }, KeyRule::open);
}

}  // namespace transcribed::http
