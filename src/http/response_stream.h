// An answer whose body is sent piece by piece, for as long as there is something to say.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace transcribed::http {

// Loop thread. Who drops it without close() cuts the connection, so that the client can tell that
// the answer is not whole. The callbacks must not own the stream; none comes from inside a method,
// and none after close().
class ResponseStream {
 public:
  virtual ~ResponseStream() = default;

  // Goes out at once, or when what was written before it has. One piece may be shared by many
  // streams. An empty piece, and any after the end, is nothing.
  virtual void write(std::shared_ptr<const std::string> piece) = 0;
  // What was written and the kernel has not taken yet: who goes on writing to a client that does
  // not read fills the memory. A client that takes nothing for ConnectionLimits::write_time is cut.
  virtual std::size_t pending_bytes() const = 0;
  // Called each time when nothing is pending any more after a write that had to wait.
  virtual void on_drained(std::function<void()> drained) = 0;

  // The answer is complete once what is pending has gone out.
  virtual void close() = 0;
  // Called once when the client is gone, or was cut, before close().
  virtual void on_closed(std::function<void()> closed) = 0;

  // From now on it is not one of ConnectionLimits::connections: its route limits the number of such
  // streams by itself. Its connection serves no other request afterwards.
  virtual void count_apart() = 0;
};

}  // namespace transcribed::http
