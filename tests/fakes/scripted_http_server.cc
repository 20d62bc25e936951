#include "tests/fakes/scripted_http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <list>
#include <stdexcept>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

namespace transcribed::fakes {

namespace net = boost::asio;
namespace http = boost::beast::http;
using net::ip::tcp;

class ScriptedHttpServer::Impl {
 public:
  Impl(Handler handler, EarlyHandler early)
      : handler_(std::move(handler)), early_(std::move(early)) {
    bind_to(0);
    sockaddr_in name{};
    socklen_t size = sizeof name;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&name), &size);
    port_ = ntohs(name.sin_port);
    start();
  }

  ~Impl() {
    stop();
    ::close(listener_);
  }

  void stop() {
    if (!acceptor_thread_.joinable()) return;
    ::shutdown(listener_, SHUT_RDWR);  // wakes accept()
    acceptor_thread_.join();
    ::close(listener_);
    {
      const std::lock_guard lock(mutex_);
      for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
    }
    threads_.clear();
    // Bound but not listening: refused, and nobody else gets the port.
    bind_to(port_);
  }

  void start() {
    if (::listen(listener_, 64) != 0) throw std::runtime_error("listen");
    acceptor_thread_ = std::jthread([this] { accept_loop(); });
  }

  std::uint16_t port_ = 0;

 private:
  void bind_to(std::uint16_t port) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_port = htons(port);
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(listener_, reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0) {
      throw std::runtime_error("bind");
    }
  }

  void accept_loop() {
    for (;;) {
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) return;
      const std::lock_guard lock(mutex_);
      open_.push_back(fd);
      const int number = ++connections_;
      threads_.emplace_back([this, fd, number] { serve(fd, number); });
    }
  }

  void serve(int fd, int number) {
    net::io_context context;
    tcp::socket socket(context);
    socket.assign(tcp::v4(), fd);
    boost::beast::flat_buffer buffer;
    boost::system::error_code ec;
    while (serve_one(socket, buffer, number)) {
    }
    const std::lock_guard lock(mutex_);
    std::erase(open_, fd);
    socket.shutdown(tcp::socket::shutdown_both, ec);
    socket.close(ec);
  }

  // False: the connection is over.
  bool serve_one(tcp::socket& socket, boost::beast::flat_buffer& buffer, int number) {
    boost::system::error_code ec;
    http::request_parser<http::string_body> parser;
    parser.body_limit(boost::none);
    http::read_header(socket, buffer, parser, ec);
    if (ec) return false;
    ScriptedRequest request;
    request.method = std::string(parser.get().method_string());
    request.target = std::string(parser.get().target());
    request.connection = number;
    for (const auto& field : parser.get()) {
      std::string name(field.name_string());
      std::transform(name.begin(), name.end(), name.begin(),
                     [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      request.headers[name] = std::string(field.value());
    }
    std::optional<ScriptedAnswer> early;
    if (early_) {
      const std::lock_guard lock(handler_mutex_);
      early = early_(request);
    }
    if (early) {
      send(socket, *early, false);
      // What still comes is thrown away, so that the answer is not lost to a reset.
      socket.shutdown(tcp::socket::shutdown_send, ec);
      char sink[65536];
      while (!ec) socket.read_some(net::buffer(sink), ec);
      return false;
    }
    http::read(socket, buffer, parser, ec);
    if (ec) return false;
    request.body = parser.get().body();
    ScriptedAnswer answer;
    {
      const std::lock_guard lock(handler_mutex_);
      answer = handler_(request);
    }
    if (answer.hang_up) return false;
    return send(socket, answer, parser.get().keep_alive());
  }

  static bool send(tcp::socket& socket, const ScriptedAnswer& answer, bool keep_alive) {
    boost::system::error_code ec;
    if (answer.raw) {
      net::write(socket, net::buffer(*answer.raw), ec);
      return false;
    }
    http::response<http::string_body> response;
    response.result(static_cast<unsigned>(answer.status));
    response.set(http::field::content_type, answer.content_type);
    for (const auto& [name, value] : answer.headers) response.set(name, value);
    response.keep_alive(keep_alive);
    response.body() = answer.body;
    response.prepare_payload();
    http::write(socket, response, ec);
    return !ec && keep_alive;
  }

  Handler handler_;
  EarlyHandler early_;
  std::mutex handler_mutex_;
  int listener_ = -1;
  std::mutex mutex_;
  std::vector<int> open_;
  int connections_ = 0;
  std::list<std::jthread> threads_;
  std::jthread acceptor_thread_;
};

ScriptedHttpServer::ScriptedHttpServer(Handler handler, EarlyHandler early)
    : impl_(std::make_unique<Impl>(std::move(handler), std::move(early))) {}

ScriptedHttpServer::~ScriptedHttpServer() = default;

std::uint16_t ScriptedHttpServer::port() const { return impl_->port_; }

std::string ScriptedHttpServer::url() const { return "http://127.0.0.1:" + std::to_string(port()); }

void ScriptedHttpServer::go_away() { impl_->stop(); }

void ScriptedHttpServer::come_back() { impl_->start(); }

}  // namespace transcribed::fakes
