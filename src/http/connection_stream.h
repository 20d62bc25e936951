// The ResponseStream of a Connection: what is not sent yet, the chunks' frames, and the deadline of
// a client that does not read. Loop thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include <boost/asio/buffer.hpp>
#include <boost/asio/steady_timer.hpp>

#include "http/connection.h"
#include "http/response_stream.h"

namespace transcribed::http {

class ConnectionStream final : public ResponseStream,
                               public std::enable_shared_from_this<ConnectionStream> {
 public:
  // `over`: nobody listens from the start, because the client has gone or wanted the head only.
  ConnectionStream(std::shared_ptr<Connection> connection, bool chunked, bool over);
  ~ConnectionStream() override;

  void write(std::shared_ptr<const std::string> piece) override;
  std::size_t pending_bytes() const override { return pending_; }
  void on_drained(std::function<void()> drained) override { drained_ = std::move(drained); }
  void close() override;
  void on_closed(std::function<void()> closed) override;
  void count_apart() override;

  // The head of the answer: goes out before everything else, without a frame.
  void begin(std::string head);
  // The connection is closed.
  void lost();

 private:
  enum class State { open, ending, over };
  // "<size in hex>\r\n" + text + "\r\n"; without chunks, and for the head, only the text.
  struct Piece {
    std::array<char, 20> frame{};
    std::uint8_t frame_size = 0;
    bool closed_by_line = false;
    std::shared_ptr<const std::string> text;  // none: the last chunk, which is all frame
  };

  void add(Piece piece);
  void flush();
  // What goes out with one call, from where the last one stopped.
  std::vector<boost::asio::const_buffer> next_buffers() const;
  void sent(std::size_t bytes);
  void wait_writable();
  void writable();
  void set_deadline();
  void finish();
  void cut();

  std::shared_ptr<Connection> connection_;  // until the end
  const bool chunked_;
  State state_ = State::open;
  bool waiting_ = false;
  std::shared_ptr<ConnectionStream> until_sent_;  // after close(), while it waits
  bool broken_ = false;  // a write failed; the connection is about to be closed
  std::vector<Piece> pieces_;
  std::size_t first_ = 0;       // of pieces_ that is not sent
  std::size_t first_sent_ = 0;  // how much of it is
  std::size_t pending_ = 0;
  std::optional<boost::asio::steady_timer> deadline_;
  std::function<void()> drained_;
  std::function<void()> closed_;
};

}  // namespace transcribed::http
