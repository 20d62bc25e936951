#include "http/body_reader.h"

#include "http/errors.h"

namespace transcribed::http {
namespace {

struct Reading {
  ExchangePtr exchange;
  std::size_t limit = 0;
  std::string body;
  std::function<void(std::string)> done;
};

void refuse_too_large(Reading& reading) {
  ApiError error;
  error.status = 413;
  error.code = "body_too_large";
  error.message =
      "The body is longer than the " + std::to_string(reading.limit) + " bytes allowed here.";
  reading.exchange->respond(to_response(error));
}

void read_on(const std::shared_ptr<Reading>& reading) {
  reading->exchange->read_some([reading](BodyPiece piece) {
    if (!piece) {
      if (piece.error() == BodyError::malformed) {
        reading->exchange->respond(
            to_response(bad_request("malformed_body", "The body's chunks are malformed.")));
      }
      return;
    }
    if (piece->empty()) {
      reading->done(std::move(reading->body));
      return;
    }
    if (reading->body.size() + piece->size() > reading->limit) {
      refuse_too_large(*reading);
      return;
    }
    reading->body.append(*piece);
    read_on(reading);
  });
}

}  // namespace

void read_body(ExchangePtr exchange, std::size_t limit_bytes,
               std::function<void(std::string)> done) {
  auto reading = std::make_shared<Reading>();
  reading->exchange = std::move(exchange);
  reading->limit = limit_bytes;
  reading->done = std::move(done);
  if (reading->exchange->content_length().value_or(0) > limit_bytes) {
    refuse_too_large(*reading);
    return;
  }
  read_on(reading);
}

}  // namespace transcribed::http
