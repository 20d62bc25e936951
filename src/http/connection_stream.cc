#include "http/connection_stream.h"

#include <charconv>

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/http/verb.hpp>

#include "http/response_head.h"

namespace transcribed::http {
namespace {

using boost::system::error_code;
using std::chrono::steady_clock;

constexpr std::string_view line_end = "\r\n";
constexpr std::string_view last_chunk = "0\r\n\r\n";
// Asio hands the kernel no more than 64 buffers at once.
constexpr std::size_t buffers_at_once = 60;
// Sent pieces are let go of when so many have gathered; most often all have been sent long before.
constexpr std::size_t sent_pieces_kept = 256;

std::size_t size_of(std::size_t frame_size, bool closed_by_line, std::size_t text_size) {
  return frame_size + text_size + (closed_by_line ? line_end.size() : 0);
}

}  // namespace

ConnectionStream::ConnectionStream(std::shared_ptr<Connection> connection, bool chunked, bool over)
    : connection_(std::move(connection)),
      chunked_(chunked),
      state_(over ? State::over : State::open) {}

ConnectionStream::~ConnectionStream() {
  if (state_ == State::over) return;
  connection_->stream_ = nullptr;
  connection_->close();
}

void ConnectionStream::begin(std::string head) {
  Piece piece;
  piece.text = std::make_shared<const std::string>(std::move(head));
  add(std::move(piece));
  flush();
}

void ConnectionStream::write(std::shared_ptr<const std::string> text) {
  if (state_ != State::open || broken_ || !text || text->empty()) return;
  Piece piece;
  if (chunked_) {
    auto* const end =
        std::to_chars(piece.frame.data(), piece.frame.data() + piece.frame.size() - line_end.size(),
                      text->size(), 16)
            .ptr;
    std::copy(line_end.begin(), line_end.end(), end);
    piece.frame_size =
        static_cast<std::uint8_t>(end - piece.frame.data() + std::ptrdiff_t(line_end.size()));
    piece.closed_by_line = true;
  }
  piece.text = std::move(text);
  add(std::move(piece));
  if (!waiting_) flush();
}

void ConnectionStream::close() {
  if (state_ != State::open || broken_) return;
  state_ = State::ending;
  drained_ = nullptr;
  closed_ = nullptr;
  if (chunked_) {
    Piece piece;
    std::copy(last_chunk.begin(), last_chunk.end(), piece.frame.begin());
    piece.frame_size = static_cast<std::uint8_t>(last_chunk.size());
    add(std::move(piece));
  }
  if (!waiting_) flush();
  if (waiting_) until_sent_ = shared_from_this();
}

void ConnectionStream::on_closed(std::function<void()> closed) {
  closed_ = std::move(closed);
  if (state_ != State::over || !closed_) return;
  boost::asio::post(connection_->socket_.get_executor(), [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (self && self->closed_) std::exchange(self->closed_, nullptr)();
  });
}

void ConnectionStream::count_apart() {
  if (state_ != State::over) connection_->count_apart();
}

void ConnectionStream::lost() {
  const auto self = shared_from_this();
  until_sent_.reset();
  state_ = State::over;
  pieces_.clear();
  pending_ = 0;
  deadline_.reset();
  drained_ = nullptr;
  if (closed_) std::exchange(closed_, nullptr)();
}

void ConnectionStream::add(Piece piece) {
  pending_ += size_of(piece.frame_size, piece.closed_by_line, piece.text ? piece.text->size() : 0);
  pieces_.push_back(std::move(piece));
}

std::vector<boost::asio::const_buffer> ConnectionStream::next_buffers() const {
  std::vector<boost::asio::const_buffer> buffers;
  auto skip = first_sent_;
  const auto append = [&](std::string_view bytes) {
    if (skip >= bytes.size()) {
      skip -= bytes.size();
      return;
    }
    buffers.emplace_back(bytes.data() + skip, bytes.size() - skip);
    skip = 0;
  };
  for (auto i = first_; i < pieces_.size() && buffers.size() < buffers_at_once; ++i) {
    const Piece& piece = pieces_[i];
    append({piece.frame.data(), piece.frame_size});
    if (piece.text) append(*piece.text);
    if (piece.closed_by_line) append(line_end);
  }
  return buffers;
}

void ConnectionStream::sent(std::size_t bytes) {
  pending_ -= bytes;
  first_sent_ += bytes;
  while (first_ < pieces_.size()) {
    Piece& piece = pieces_[first_];
    const auto size =
        size_of(piece.frame_size, piece.closed_by_line, piece.text ? piece.text->size() : 0);
    if (first_sent_ < size) break;
    first_sent_ -= size;
    piece.text.reset();
    ++first_;
  }
  if (first_ == pieces_.size()) {
    std::vector<Piece>().swap(pieces_);  // most streams are silent most of the time
    first_ = 0;
  } else if (first_ >= sent_pieces_kept) {
    pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
}

void ConnectionStream::flush() {
  while (pending_ > 0) {
    error_code failure;
    const auto bytes = connection_->socket_.write_some(next_buffers(), failure);
    if (failure == boost::asio::error::would_block || failure == boost::asio::error::try_again) {
      wait_writable();
      return;
    }
    if (failure) {
      cut();
      return;
    }
    sent(bytes);
  }
  if (state_ == State::ending) finish();
}

void ConnectionStream::wait_writable() {
  waiting_ = true;
  set_deadline();
  connection_->socket_.async_wait(Connection::Socket::wait_write,
                                  [weak = weak_from_this()](const error_code& failure) {
                                    const auto self = weak.lock();
                                    if (!self || self->state_ == State::over) return;
                                    self->waiting_ = false;
                                    failure ? self->cut() : self->writable();
                                  });
}

void ConnectionStream::writable() {
  flush();
  if (waiting_ || state_ != State::open || broken_) return;
  deadline_.reset();
  if (const auto drained = drained_) drained();
}

// A timer of its own, not the server's sweep: streams may be ten thousand, and hardly one waits.
void ConnectionStream::set_deadline() {
  if (!deadline_) deadline_.emplace(connection_->socket_.get_executor());
  deadline_->expires_after(connection_->hub_->limits.write_time);
  deadline_->async_wait([weak = weak_from_this()](const error_code& called_off) {
    const auto self = weak.lock();
    if (called_off || !self || !self->waiting_ || self->state_ == State::over) return;
    if (self->deadline_->expiry() <= steady_clock::now()) self->connection_->close();
  });
}

void ConnectionStream::finish() {
  const auto self = shared_from_this();
  until_sent_.reset();
  state_ = State::over;
  deadline_.reset();
  // The next request may be answered before this returns.
  const auto connection = connection_;
  connection->stream_ended();
}

// Not at once: this may be inside a call of the stream's owner.
void ConnectionStream::cut() {
  if (std::exchange(broken_, true)) return;
  pieces_.clear();
  pending_ = 0;
  boost::asio::post(connection_->socket_.get_executor(),
                    [connection = connection_] { connection->close(); });
}

// --- the connection's part ---

std::shared_ptr<ResponseStream> Connection::stream(const Response& head) {
  namespace beast_http = boost::beast::http;
  const auto over = [this] {
    return std::make_shared<ConnectionStream>(shared_from_this(), true, true);
  };
  if (phase_ == Phase::body) close();  // see Exchange::respond()
  if (phase_ != Phase::handling) return over();
  drain_buffered_body();
  const bool chunked = parser_->get().version() >= 11;
  const bool head_only = parser_->get().method() == beast_http::verb::head;
  close_after_ = !chunked || !parser_->keep_alive() || !parser_->is_done() || hub_->stopping;
  std::string text;
  append_head(text, head, chunked ? Framing::chunked : Framing::by_close, hub_->date_line(),
              close_after_ ? "Connection: close\r\n" : "");
  if (head_only) {
    write_text(std::move(text));
    return over();
  }
  phase_ = Phase::streaming;
  parser_.reset();  // a kilobyte or two, for as long as the stream lasts
  const auto stream = std::make_shared<ConnectionStream>(shared_from_this(), chunked, false);
  stream_ = stream.get();
  watch();
  stream->begin(std::move(text));
  return stream;
}

void Connection::stream_ended() {
  stream_ = nullptr;
  if (phase_ != Phase::streaming) return;
  // Such a client has nothing more to say, and what it said has been read: the kernel will bring it
  // the rest. Waiting for ten thousand of them to close would be long.
  if (apart_) {
    gone_ = nullptr;
    close();
    return;
  }
  phase_ = Phase::writing;
  after_write();
}

void Connection::count_apart() {
  if (apart_ || phase_ != Phase::streaming) return;
  apart_ = true;
  hub_->open.erase(this);
  hub_->apart.insert(this);
}

}  // namespace transcribed::http
