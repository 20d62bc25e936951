// How a client is noticed that goes away while its answer is being made.
#include <boost/asio/error.hpp>

#include "http/connection.h"

namespace transcribed::http {
namespace {

using boost::system::error_code;

constexpr std::size_t read_at_once = 2 * 1024;

}  // namespace

void Connection::on_disconnect(std::function<void()> gone) {
  if (phase_ == Phase::closed) return;
  gone_ = std::move(gone);
  watch();
}

// Its going is seen by reading. What is read meanwhile is the body that the handler has not asked
// for yet, or a next request, and waits in the buffer. Once that is full we leave the rest in the
// kernel, and notice only a connection that is broken.
void Connection::watch() {
  if (watching_ || !is_watched()) return;
  watching_ = true;
  const bool full = buffer_.size() >= hub_->limits.header_bytes;
  socket_.async_wait(full ? Socket::wait_error : Socket::wait_read,
                     [self = shared_from_this(), full](const error_code& stopped) {
                       self->watching_ = false;
                       if (stopped || !self->is_watched()) return;
                       full ? self->close() : self->look();
                     });
}

bool Connection::is_watched() const {
  return phase_ == Phase::streaming || (phase_ == Phase::handling && gone_);
}

void Connection::look() {
  error_code failure;
  const auto bytes = socket_.read_some(buffer_.prepare(read_at_once), failure);
  if (failure && failure != boost::asio::error::would_block &&
      failure != boost::asio::error::try_again) {
    close();
    return;
  }
  buffer_.commit(bytes);
  watch();
}

}  // namespace transcribed::http
