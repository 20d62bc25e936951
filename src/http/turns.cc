#include "http/turns.h"

#include <utility>

#include <boost/asio/post.hpp>

#include "http/connection.h"

namespace transcribed::http {

void Turns::wait(std::shared_ptr<Connection> connection) {
  waiting_.push_back(std::move(connection));
  if (waiting_.size() == 1) next_round();
}

void Turns::next_round() {
  boost::asio::post(loop_, [self = shared_from_this()] { self->give(); });
}

void Turns::give() {
  for (std::size_t i = 0; i < at_once && !waiting_.empty(); ++i) {
    // It stays in the queue meanwhile, so that who begins to wait does not ask for a second round.
    const std::shared_ptr<Connection> connection = waiting_.front();
    connection->take_turn();
    waiting_.pop_front();
  }
  if (!waiting_.empty()) next_round();
}

}  // namespace transcribed::http
