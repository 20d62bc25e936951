// A server on a free loopback port that says exactly the bytes it is told to, when it is told to:
// to stall, to flood, to break off. Each connection has a thread that runs the handler and then
// closes it.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace transcribed::fakes {

class RawHttpServer {
 public:
  class Connection {
   public:
    explicit Connection(int fd) : fd_(fd) {}

    int fd() const { return fd_; }
    // The request's line and headers; "" when the peer went away first.
    std::string read_head() const {
      std::string head;
      char byte = 0;
      while (!head.ends_with("\r\n\r\n")) {
        if (::recv(fd_, &byte, 1, 0) != 1) return {};
        head += byte;
      }
      return head;
    }
    // False when the peer has gone.
    bool send(std::string_view bytes) const {
      while (!bytes.empty()) {
        const auto count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(count));
      }
      return true;
    }
    // Silence, until the peer goes away or the server ends.
    void stall() const {
      char sink[4096];
      while (::recv(fd_, sink, sizeof sink, 0) > 0) {
      }
    }

   private:
    int fd_;
  };
  using Handler = std::function<void(const Connection&)>;

  // `address`: any of 127.0.0.0/8.
  explicit RawHttpServer(Handler handler, const char* address = "127.0.0.1")
      : handler_(std::move(handler)),
        address_(address),
        listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    ::inet_pton(AF_INET, address, &name.sin_addr);
    socklen_t size = sizeof name;
    if (::bind(listener_, reinterpret_cast<const sockaddr*>(&name), size) != 0 ||
        ::listen(listener_, 64) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&name), &size) != 0) {
      throw std::runtime_error("no listener");
    }
    port_ = ntohs(name.sin_port);
    acceptor_ = std::jthread([this] { accept_loop(); });
  }
  ~RawHttpServer() {
    ::shutdown(listener_, SHUT_RDWR);  // wakes accept()
    acceptor_.join();
    {
      const std::lock_guard lock(mutex_);
      for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
    }
    threads_.clear();
    ::close(listener_);
  }
  RawHttpServer(const RawHttpServer&) = delete;
  RawHttpServer& operator=(const RawHttpServer&) = delete;

  std::uint16_t port() const { return port_; }
  std::string url(std::string_view path = "/") const {
    return "http://" + address_ + ":" + std::to_string(port_) + std::string(path);
  }
  int connections() {
    const std::lock_guard lock(mutex_);
    return static_cast<int>(threads_.size());
  }

 private:
  void accept_loop() {
    for (;;) {
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) return;
      const std::lock_guard lock(mutex_);
      open_.push_back(fd);
      threads_.emplace_back([this, fd] { serve(fd); });
    }
  }
  void serve(int fd) {
    handler_(Connection(fd));
    const std::lock_guard lock(mutex_);
    std::erase(open_, fd);
    ::close(fd);
  }

  const Handler handler_;
  const std::string address_;
  int listener_;
  std::uint16_t port_ = 0;
  std::mutex mutex_;
  std::vector<int> open_;
  std::list<std::jthread> threads_;
  std::jthread acceptor_;
};

}  // namespace transcribed::fakes
