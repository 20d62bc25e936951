// One client's connection: reads requests, hands them to their routes, writes the answers; one
// request at a time, those that were sent ahead wait. Loop thread. Callbacks rather than
// coroutines: a request that its handler answers at once is served without a frame of its own.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>

#include "http/http_counts.h"
#include "http/key_ring.h"
#include "http/options.h"
#include "http/request_guard.h"
#include "http/response_stream.h"
#include "http/router.h"
#include "http/turns.h"

namespace transcribed::http {

class Connection;

// What all connections of a server share.
struct ConnectionHub {
  ConnectionHub(boost::asio::io_context& loop, const Router& routes, const ServerOptions& options)
      : router(routes),
        guard(options.guard),
        keys(options.keys ? options.keys : std::make_shared<KeyRing>("", "")),
        counts(std::make_shared<HttpCounts>()),
        limits(options.limits),
        turns(std::make_shared<Turns>(loop)) {}

  const Router& router;
  const RequestGuard guard;
  const std::shared_ptr<KeyRing> keys;
  const std::shared_ptr<HttpCounts> counts;
  const ConnectionLimits limits;
  const std::shared_ptr<Turns> turns;
  std::unordered_set<Connection*> open;
  std::size_t lingering = 0;  // of those: done with, only waiting for the client to close
  // Not in `open`: streams that are limited by their route and have a deadline of their own, so
  // that neither the count of connections nor the sweep over them has to do with them.
  std::unordered_set<Connection*> apart;
  bool stopping = false;            // every answer is a connection's last
  bool closing_all = false;         // it is the server that goes away, not a client
  std::function<void()> on_closed;  // after a connection has left `open`
  // "Date: ...\r\n" of the current second.
  const std::string& date_line();

 private:
  std::chrono::sys_seconds date_second_{};
  std::string date_line_;
};

// A body that keeps only the piece which arrived last.
struct PieceBody {
  using value_type = std::string;
  class reader {
   public:
    template <bool is_request, class Fields>
    reader(boost::beast::http::header<is_request, Fields>& /*header*/, value_type& piece)
        : piece_(piece) {}
    void init(const boost::optional<std::uint64_t>& /*length*/,
              boost::system::error_code& failure) {
      failure = {};
    }
    template <class Buffers>
    std::size_t put(const Buffers& buffers, boost::system::error_code& failure) {
      failure = {};
      std::size_t taken = 0;
      for (auto it = boost::asio::buffer_sequence_begin(buffers);
           it != boost::asio::buffer_sequence_end(buffers); ++it) {
        const boost::asio::const_buffer buffer(*it);
        piece_.append(static_cast<const char*>(buffer.data()), buffer.size());
        taken += buffer.size();
      }
      return taken;
    }
    void finish(boost::system::error_code& failure) { failure = {}; }

   private:
    value_type& piece_;
  };
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp,
                                                  boost::asio::io_context::executor_type>;
  using TimePoint = std::chrono::steady_clock::time_point;

  Connection(std::shared_ptr<ConnectionHub> hub, Socket socket);

  void start();
  // Serves what has arrived.
  void take_turn();
  // Answers 503 without reading a request.
  void turn_away();
  void close();
  // Closes it now if it is between two requests, else after the answer.
  void close_when_idle();
  // Cuts a client that has been too slow for one of the limits.
  void check_deadline(TimePoint now);
  // Since when it waits for a next request; nothing: it is at one.
  std::optional<TimePoint> idle_since() const;

 private:
  friend class ConnectionExchange;
  friend class ConnectionStream;
  enum class Phase { head, handling, body, writing, streaming, lingering, closed };

  bool between_requests() const;
  void serve();
  bool take_request();
  void dispatch();
  void route(const std::shared_ptr<class ConnectionExchange>& exchange);
  void read(std::size_t at_most);
  void on_read(boost::system::error_code failure, std::size_t bytes);

  void read_body(std::function<void(BodyPiece)> next);
  void pump_body();
  void count_body_bytes(std::size_t bytes);
  void deliver(BodyPiece piece);
  void drain_buffered_body();

  // --- a client that goes away (connection_watch.cc) ---
  void on_disconnect(std::function<void()> gone);
  bool is_watched() const;
  void watch();
  void look();

  // --- streams (connection_stream.cc) ---
  std::shared_ptr<ResponseStream> stream(const Response& head);
  void stream_ended();
  void count_apart();

  void respond(Response response);
  void refuse(const ApiError& error);
  void write(Response response, bool without_body);
  void write_text(std::string text);
  void write_on();
  void after_write();
  void linger();
  void say_too_slow();

  std::shared_ptr<ConnectionHub> hub_;
  Socket socket_;
  boost::beast::flat_buffer buffer_;
  std::optional<boost::beast::http::request_parser<PieceBody>> parser_;
  Phase phase_ = Phase::head;
  bool serving_ = false;        // inside serve()
  bool request_begun_ = false;  // bytes of it are here
  TimePoint begun_at_{};        // the request
  bool close_after_ = false;    // the answer that is being made is the last
  bool continue_wanted_ = false;
  bool watching_ = false;  // a wait for the client's going is under way
  bool apart_ = false;     // in hub_->apart
  std::function<void()> gone_;
  class ConnectionStream* stream_ = nullptr;
  TimePoint deadline_ = TimePoint::max();
  TimePoint idle_since_{};

  std::function<void(BodyPiece)> body_next_;
  // The stretch of the body within which progress is asked for.
  std::chrono::steady_clock::duration window_left_{};
  std::size_t window_bytes_ = 0;
  TimePoint body_read_began_{};

  std::string out_head_;
  std::string out_body_;
  std::size_t written_ = 0;
};

}  // namespace transcribed::http
