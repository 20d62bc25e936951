// Requests that have arrived wait here for their turn, so that however many clients ask, whatever
// else happens on the loop (an engine that ended, a commit) is only a few requests away.
// Loop thread.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>

#include <boost/asio/io_context.hpp>

namespace transcribed::http {

class Connection;

class Turns : public std::enable_shared_from_this<Turns> {
 public:
  explicit Turns(boost::asio::io_context& loop) : loop_(loop) {}

  // take_turn() will be called on it, in the order of arrival, and not from inside.
  void wait(std::shared_ptr<Connection> connection);

 private:
  // Between two rounds the loop looks for other events.
  static constexpr std::size_t at_once = 1;
  void next_round();
  void give();

  boost::asio::io_context& loop_;
  std::deque<std::shared_ptr<Connection>> waiting_;
};

}  // namespace transcribed::http
