#include "http/connection.h"

#include <algorithm>
#include <array>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>

#include "http/connection_exchange.h"
#include "http/connection_stream.h"
#include "http/errors.h"
#include "http/response_head.h"

namespace transcribed::http {
namespace beast_http = boost::beast::http;
using boost::system::error_code;
using std::chrono::steady_clock;

namespace {

constexpr std::size_t head_read_bytes = 2 * 1024;
constexpr std::size_t body_read_bytes = 64 * 1024;
// What an idle connection may keep of its buffers.
constexpr std::size_t kept_bytes = 8 * 1024;

ApiError parse_error(const error_code& failure, std::size_t header_limit) {
  if (failure == beast_http::error::header_limit || failure == beast_http::error::buffer_overflow) {
    auto error = bad_request("headers_too_large", "The request's headers are longer than " +
                                                      std::to_string(header_limit) + " bytes.");
    error.status = 431;
    return error;
  }
  if (failure == beast_http::error::bad_version) {
    auto error = bad_request("bad_version", "This server speaks HTTP/1.1.");
    error.status = 505;
    return error;
  }
  return bad_request("malformed_request",
                     "This is not a valid HTTP request: " + failure.message() + ".");
}

}  // namespace

Connection::Connection(std::shared_ptr<ConnectionHub> hub, Socket socket)
    : hub_(std::move(hub)), socket_(std::move(socket)) {
  hub_->open.insert(this);
}

void Connection::start() {
  // A first request is due at once, unlike one on a connection that has served before.
  idle_since_ = steady_clock::now();
  deadline_ = idle_since_ + hub_->limits.header_time;
  read(head_read_bytes);
}

void Connection::turn_away() {
  ApiError error;
  error.status = 503;
  error.code = "too_many_connections";
  error.message = "The server has as many connections as it takes; try again soon.";
  error.headers.emplace_back("Retry-After", "1");
  refuse(error);
}

void Connection::close() {
  if (phase_ == Phase::closed) return;
  const auto self = shared_from_this();  // the callbacks below may drop the last other pointer
  if (phase_ == Phase::lingering) --hub_->lingering;
  phase_ = Phase::closed;
  error_code ignored;
  socket_.close(ignored);
  (apart_ ? hub_->apart : hub_->open).erase(this);
  if (auto* const stream = std::exchange(stream_, nullptr)) stream->lost();
  const auto gone = std::move(gone_);
  gone_ = nullptr;
  if (gone && !hub_->closing_all) gone();
  if (body_next_) {
    auto next = std::move(body_next_);
    body_next_ = nullptr;
    next(tl::make_unexpected(BodyError::disconnected));
  }
  if (hub_->on_closed) hub_->on_closed();
}

void Connection::close_when_idle() {
  if (between_requests()) close();
}

std::optional<Connection::TimePoint> Connection::idle_since() const {
  if (!between_requests()) return std::nullopt;
  return idle_since_;
}

bool Connection::between_requests() const {
  return phase_ == Phase::head && !request_begun_ && buffer_.size() == 0;
}

void Connection::check_deadline(TimePoint now) {
  if (now < deadline_) return;
  if (phase_ == Phase::body || (phase_ == Phase::head && request_begun_)) say_too_slow();
  close();
}

void Connection::say_too_slow() {
  // Best effort: it is cut whether or not this gets through.
  constexpr std::string_view text =
      "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
  error_code ignored;
  socket_.write_some(boost::asio::buffer(text), ignored);
  // A request that a handler has is counted with its exchange.
  if (phase_ == Phase::head) hub_->counts->answered(hub_->router, nullptr, Method::other, 408, {});
}

// --- requests ---

void Connection::read(std::size_t at_most) {
  socket_.async_read_some(
      buffer_.prepare(at_most),
      [self = shared_from_this()](const error_code& failure, std::size_t bytes) {
        self->on_read(failure, bytes);
      });
}

void Connection::on_read(error_code failure, std::size_t bytes) {
  if (phase_ == Phase::closed) return;
  if (failure) {
    close();
    return;
  }
  buffer_.commit(bytes);
  switch (phase_) {
    case Phase::head:
      hub_->turns->wait(shared_from_this());
      break;
    case Phase::body:
      count_body_bytes(bytes);
      pump_body();
      break;
    case Phase::lingering:
      buffer_.consume(buffer_.size());
      read(body_read_bytes);
      break;
    default:
      break;
  }
}

void Connection::take_turn() {
  if (phase_ == Phase::head) serve();
}

void Connection::serve() {
  if (serving_) return;
  serving_ = true;
  while (phase_ == Phase::head && take_request()) {
  }
  serving_ = false;
}

// False: more has to arrive first, or there will be no further request.
bool Connection::take_request() {
  if (!request_begun_) {
    // Some clients end a body with a line break that belongs to nothing.
    while (buffer_.size() >= 2 &&
           std::string_view(static_cast<const char*>(buffer_.data().data()), 2) == "\r\n") {
      buffer_.consume(2);
    }
    if (buffer_.size() == 0) {
      if (buffer_.capacity() > kept_bytes) buffer_.shrink_to_fit();
      if (hub_->stopping) {
        close();
        return false;
      }
      read(head_read_bytes);
      return false;
    }
    request_begun_ = true;
    begun_at_ = steady_clock::now();
    deadline_ = begun_at_ + hub_->limits.header_time;
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(hub_->limits.header_bytes));
    parser_->body_limit(boost::none);  // each route has a limit of its own
  }
  error_code failure;
  buffer_.consume(parser_->put(buffer_.data(), failure));
  if (failure == beast_http::error::need_more) {
    read(head_read_bytes);
    return false;
  }
  if (failure) {
    refuse(parse_error(failure, hub_->limits.header_bytes));
    return false;
  }
  dispatch();
  return true;
}

// --- bodies ---

void Connection::read_body(std::function<void(BodyPiece)> next) {
  if (phase_ != Phase::handling) {
    next(tl::make_unexpected(BodyError::disconnected));
    return;
  }
  phase_ = Phase::body;
  body_next_ = std::move(next);
  if (continue_wanted_) {
    continue_wanted_ = false;
    constexpr std::string_view text = "HTTP/1.1 100 Continue\r\n\r\n";
    error_code failure;
    if (socket_.write_some(boost::asio::buffer(text), failure) != text.size()) {
      close();
      return;
    }
  }
  pump_body();
}

void Connection::pump_body() {
  auto& piece = parser_->get().body();
  piece.clear();
  while (buffer_.size() > 0 && !parser_->is_done()) {
    error_code failure;
    const auto used = parser_->put(buffer_.data(), failure);
    buffer_.consume(used);
    if (failure == beast_http::error::need_more) {
      if (used == 0) break;
      continue;
    }
    if (failure) {
      deliver(tl::make_unexpected(BodyError::malformed));
      return;
    }
  }
  if (!piece.empty() || parser_->is_done()) {
    deliver(std::string_view(piece));
    return;
  }
  if (buffer_.size() >= body_read_bytes) {  // a chunk's header without an end
    deliver(tl::make_unexpected(BodyError::malformed));
    return;
  }
  body_read_began_ = steady_clock::now();
  deadline_ = body_read_began_ + window_left_;
  const auto left = parser_->content_length_remaining().value_or(body_read_bytes);
  read(static_cast<std::size_t>(std::clamp<std::uint64_t>(left, head_read_bytes, body_read_bytes)));
}

// The time in which we do not read, because the disk is slow, is not the client's.
void Connection::count_body_bytes(std::size_t bytes) {
  deadline_ = TimePoint::max();
  window_left_ -= steady_clock::now() - body_read_began_;
  window_bytes_ += bytes;
  if (window_bytes_ < hub_->limits.body_progress_bytes) return;
  window_left_ = hub_->limits.body_progress_time;
  window_bytes_ = 0;
}

void Connection::deliver(BodyPiece piece) {
  phase_ = Phase::handling;
  if (piece) hub_->counts->received(piece->size());
  auto next = std::move(body_next_);
  body_next_ = nullptr;
  next(piece);
  watch();
}

void Connection::drain_buffered_body() {
  while (buffer_.size() > 0 && !parser_->is_done()) {
    error_code failure;
    const auto used = parser_->put(buffer_.data(), failure);
    parser_->get().body().clear();
    buffer_.consume(used);
    if (failure && (failure != beast_http::error::need_more || used == 0)) return;
  }
}

// --- answers ---

void Connection::respond(Response response) {
  if (phase_ == Phase::body) close();  // see Exchange::respond()
  if (phase_ != Phase::handling) return;
  drain_buffered_body();
  const bool without_body = parser_->get().method() == beast_http::verb::head;
  close_after_ = !parser_->keep_alive() || !parser_->is_done() || hub_->stopping;
  write(std::move(response), without_body);
}

// For what no handler sees: the connection cannot go on.
void Connection::refuse(const ApiError& error) {
  close_after_ = true;
  hub_->counts->answered(hub_->router, nullptr, Method::other, error.status, {});
  write(to_response(error), false);
}

void Connection::write(Response response, bool without_body) {
  phase_ = Phase::writing;
  out_head_.clear();
  std::string_view connection_line;
  if (close_after_) {
    connection_line = "Connection: close\r\n";
  } else if (parser_->get().version() < 11) {
    connection_line = "Connection: keep-alive\r\n";
  }
  append_head(out_head_, response, Framing::by_length, hub_->date_line(), connection_line);
  out_body_.clear();
  if (!without_body && response.status != 204) {
    if (response.body.size() <= kept_bytes / 2) {
      out_head_ += response.body;
    } else {
      out_body_ = std::move(response.body);
    }
  }
  written_ = 0;
  write_on();
}

// An answer that is written as it is.
void Connection::write_text(std::string text) {
  phase_ = Phase::writing;
  out_head_ = std::move(text);
  out_body_.clear();
  written_ = 0;
  write_on();
}

void Connection::write_on() {
  const auto total = out_head_.size() + out_body_.size();
  while (written_ < total) {
    const auto of_head = std::min(written_, out_head_.size());
    const std::array<boost::asio::const_buffer, 2> rest{
        boost::asio::buffer(out_head_) + of_head,
        boost::asio::buffer(out_body_) + (written_ - of_head)};
    error_code failure;
    written_ += socket_.write_some(rest, failure);
    if (failure == boost::asio::error::would_block || failure == boost::asio::error::try_again) {
      deadline_ = steady_clock::now() + hub_->limits.write_time;
      socket_.async_wait(Socket::wait_write,
                         [self = shared_from_this()](const error_code& stopped) {
                           if (self->phase_ != Phase::writing) return;
                           stopped ? self->close() : self->write_on();
                         });
      return;
    }
    if (failure) {
      close();
      return;
    }
  }
  after_write();
}

void Connection::after_write() {
  if (gone_) gone_ = nullptr;
  parser_.reset();
  request_begun_ = false;
  if (out_head_.capacity() > kept_bytes) std::string().swap(out_head_);
  if (out_body_.capacity() > kept_bytes) std::string().swap(out_body_);
  if (close_after_) {
    linger();
    return;
  }
  phase_ = Phase::head;
  idle_since_ = steady_clock::now();
  deadline_ = idle_since_ + hub_->limits.idle_time;
  serve();
}

// Closing a socket with unread bytes resets it, and the client may then lose the answer it has not
// read yet. So: say that we are done, and read what still comes, for a while.
void Connection::linger() {
  error_code failure;
  socket_.shutdown(Socket::shutdown_send, failure);
  if (failure) {
    close();
    return;
  }
  phase_ = Phase::lingering;
  ++hub_->lingering;
  deadline_ = steady_clock::now() + hub_->limits.linger_time;
  buffer_.consume(buffer_.size());
  read(body_read_bytes);
}

}  // namespace transcribed::http
