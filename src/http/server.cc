#include "http/server.h"

#include <algorithm>
#include <ctime>
#include <vector>

#include <spdlog/spdlog.h>
#include <boost/asio/post.hpp>

namespace transcribed::http {
namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

// Above the limit, so many more are told that there is no room, or linger; the rest is just closed.
constexpr std::size_t beyond_limit = 64;
// How long to wait when the process has no descriptor left for a new connection.
constexpr milliseconds accept_pause{100};

milliseconds sweep_interval(const ConnectionLimits& limits) {
  const auto shortest = std::min({limits.header_time, limits.idle_time, limits.body_progress_time,
                                  limits.write_time, limits.linger_time});
  return std::clamp(shortest / 4, milliseconds(10), milliseconds(1000));
}

}  // namespace

const std::string& ConnectionHub::date_line() {
  const auto now =
      std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
  if (now != date_second_ || date_line_.empty()) {
    date_second_ = now;
    const auto seconds = std::chrono::system_clock::to_time_t(now);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    char text[64];
    const auto size =
        std::strftime(text, sizeof text, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &parts);
    date_line_.assign(text, size);
  }
  return date_line_;
}

Server::Server(asio::io_context& loop, const ServerOptions& options, const Router& router)
    : loop_(loop),
      guard_(options.guard),
      port_(options.listen_port),
      hub_(std::make_shared<ConnectionHub>(loop, router, options)),
      acceptor_(loop),
      accept_again_(loop),
      sweep_timer_(loop),
      grace_timer_(loop),
      sweep_every_(sweep_interval(options.limits)) {
  hub_->on_closed = [this] { connection_closed(); };
}

Server::~Server() {
  hub_->on_closed = nullptr;
  hub_->stopping = true;
  close_all();
}

tl::expected<std::string, std::string> Server::listen() {
  auto host = guard_.listen_host;
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  const auto where = guard_.listen_host + ":" + std::to_string(port_);
  const auto failed = [&](const error_code& failure) {
    return tl::make_unexpected("Cannot listen on " + where + ": " + failure.message() + ".");
  };
  error_code failure;
  tcp::resolver resolver(loop_);
  const auto found = resolver.resolve(host, std::to_string(port_), tcp::resolver::passive, failure);
  if (failure) return failed(failure);
  const tcp::endpoint endpoint = found.begin()->endpoint();
  acceptor_.open(endpoint.protocol(), failure);
  if (!failure) acceptor_.set_option(tcp::acceptor::reuse_address(true), failure);
  if (!failure) acceptor_.bind(endpoint, failure);
  if (!failure) acceptor_.listen(tcp::acceptor::max_listen_connections, failure);
  if (failure) {
    error_code ignored;
    acceptor_.close(ignored);
    return failed(failure);
  }
  const auto bound = acceptor_.local_endpoint();
  port_ = bound.port();
  const auto address = bound.address().to_string();
  accept();
  return (bound.address().is_v6() ? "[" + address + "]" : address) + ":" + std::to_string(port_);
}

void Server::accept() {
  acceptor_.async_accept([this](const error_code& failure, Connection::Socket socket) {
    if (failure == asio::error::operation_aborted) return;
    if (failure == asio::error::no_descriptors || failure == asio::error::no_memory ||
        failure == asio::error::no_buffer_space || failure.value() == ENFILE) {
      spdlog::warn("Cannot accept a connection: {}", failure.message());
      accept_again_.expires_after(accept_pause);
      accept_again_.async_wait([this](const error_code& stopped) {
        if (!stopped) accept();
      });
      return;
    }
    if (!failure) take(std::move(socket));
    accept();
  });
}

void Server::take(Connection::Socket socket) {
  error_code failure;
  socket.non_blocking(true, failure);
  if (!failure) socket.set_option(tcp::no_delay(true), failure);
  if (failure) return;
  const bool room = has_room() || (evict_one_idle() && has_room());
  if (hub_->open.size() >= hub_->limits.connections + beyond_limit) return;
  const auto connection = std::make_shared<Connection>(hub_, std::move(socket));
  sweep_later();
  room ? connection->start() : connection->turn_away();
}

bool Server::has_room() const {
  return hub_->open.size() - hub_->lingering < hub_->limits.connections;
}

// A client that only keeps its connection open makes room for one that has something to ask.
bool Server::evict_one_idle() {
  Connection* longest = nullptr;
  auto since = steady_clock::time_point::max();
  for (auto* connection : hub_->open) {
    const auto idle = connection->idle_since();
    if (idle && *idle < since) {
      since = *idle;
      longest = connection;
    }
  }
  if (!longest) return false;
  longest->close();
  return true;
}

// One timer for all connections: setting one for each request would cost more than the request.
void Server::sweep_later() {
  if (sweeping_) return;
  sweeping_ = true;
  sweep_timer_.expires_after(sweep_every_);
  sweep_timer_.async_wait([this](const error_code& stopped) {
    if (stopped) return;
    sweeping_ = false;
    sweep();
  });
}

void Server::sweep() {
  const auto now = steady_clock::now();
  std::vector<std::shared_ptr<Connection>> all;
  all.reserve(hub_->open.size());
  for (auto* connection : hub_->open) all.push_back(connection->shared_from_this());
  for (const auto& connection : all) connection->check_deadline(now);
  if (connections() > 0) sweep_later();
}

void Server::close_all() {
  hub_->closing_all = true;
  std::vector<std::shared_ptr<Connection>> all;
  for (auto* connection : hub_->open) all.push_back(connection->shared_from_this());
  for (auto* connection : hub_->apart) all.push_back(connection->shared_from_this());
  for (const auto& connection : all) connection->close();
}

void Server::connection_closed() {
  if (!hub_->stopping || connections() > 0 || !stopped_) return;
  grace_timer_.cancel();
  sweep_timer_.cancel();
  asio::post(loop_, std::move(stopped_));
  stopped_ = nullptr;
}

void Server::stop(milliseconds grace, std::function<void()> stopped) {
  stopped_ = std::move(stopped);
  hub_->stopping = true;
  accept_again_.cancel();
  error_code ignored;
  acceptor_.close(ignored);
  std::vector<std::shared_ptr<Connection>> all;
  for (auto* connection : hub_->open) all.push_back(connection->shared_from_this());
  for (const auto& connection : all) connection->close_when_idle();
  if (connections() == 0) {
    connection_closed();
    return;
  }
  grace_timer_.expires_after(grace);
  grace_timer_.async_wait([this](const error_code& called_off) {
    if (!called_off) close_all();
  });
}

}  // namespace transcribed::http
