// Listens, accepts, limits how many are connected, and cuts those that are too slow. Loop thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <tl/expected.hpp>

#include "http/connection.h"
#include "http/options.h"
#include "http/router.h"

namespace transcribed::http {

class Server {
 public:
  // `router` must outlive the server.
  Server(boost::asio::io_context& loop, const ServerOptions& options, const Router& router);
  // Closes everything at once.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Where it listens from now on: "127.0.0.1:8585", "[::1]:8585". The error is a sentence. Resolves
  // the host's name, so it may block; for start-up.
  tl::expected<std::string, std::string> listen();
  std::uint16_t port() const { return port_; }

  // Takes no new connections, lets requests that have begun be answered for up to `grace`, then
  // closes what is left and calls `stopped`.
  void stop(std::chrono::milliseconds grace, std::function<void()> stopped);

  const std::shared_ptr<HttpCounts>& counts() const { return hub_->counts; }
  std::size_t connections() const { return hub_->open.size() + hub_->apart.size(); }

 private:
  using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp,
                                                      boost::asio::io_context::executor_type>;
  void accept();
  void take(Connection::Socket socket);
  bool has_room() const;
  bool evict_one_idle();
  void sweep_later();
  void sweep();
  void close_all();
  void connection_closed();

  boost::asio::io_context& loop_;
  GuardOptions guard_;
  std::uint16_t port_;
  std::shared_ptr<ConnectionHub> hub_;
  Acceptor acceptor_;
  boost::asio::steady_timer accept_again_;
  boost::asio::steady_timer sweep_timer_;
  boost::asio::steady_timer grace_timer_;
  std::chrono::milliseconds sweep_every_;
  bool sweeping_ = false;
  std::function<void()> stopped_;
};

}  // namespace transcribed::http
