// A client that sends exactly the bytes it is told to, well-formed or not. Blocking, with a limit
// of its own; throws when the server does not do what is waited for.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <boost/json/parse.hpp>

namespace transcribed::fakes {

struct RawResponse {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;

  boost::json::object json() const { return boost::json::parse(body).as_object(); }
  std::string error(const char* key) const {
    const auto value = json().at("error").as_object().at(key);
    return value.is_null() ? "null" : std::string(value.as_string());
  }
};

class RawHttpClient {
 public:
  // `receive_buffer`: how much the kernel takes before we read; 0: what it likes.
  explicit RawHttpClient(std::uint16_t port, int receive_buffer = 0)
      : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (receive_buffer > 0) {
      setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    }
    timeval limit{30, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    const int on = 1;
    setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      throw std::runtime_error("cannot connect");
    }
  }
  ~RawHttpClient() { close(fd_); }
  RawHttpClient(const RawHttpClient&) = delete;
  RawHttpClient& operator=(const RawHttpClient&) = delete;

  // False when the server has closed the connection.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }

  // Request line, Host and the empty line are added.
  RawResponse request(const std::string& method, const std::string& target,
                      const std::string& headers = {}, const std::string& body = {}) {
    std::string text = method + " " + target + " HTTP/1.1\r\nHost: localhost\r\n" + headers;
    if (!body.empty() || method == "POST") {
      text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    }
    send(text + "\r\n" + body);
    return read_response(method == "HEAD");
  }

  RawResponse read_response(bool without_body = false) {
    RawResponse response = read_head();
    std::size_t length = 0;
    if (!without_body && response.headers.contains("content-length")) {
      length = std::strtoull(response.headers["content-length"].c_str(), nullptr, 10);
    }
    response.body = read_bytes(length);
    return response;
  }

  // Status and headers; what follows is left.
  RawResponse read_head() {
    while (pending_.find("\r\n\r\n") == std::string::npos) {
      if (!receive()) throw std::runtime_error("closed before an answer: \"" + pending_ + "\"");
    }
    const auto end = pending_.find("\r\n\r\n");
    RawResponse response;
    std::string_view head(pending_.data(), end + 2);
    response.status = std::atoi(std::string(head.substr(9, 3)).c_str());
    head.remove_prefix(head.find("\r\n") + 2);
    while (!head.empty()) {
      const auto line = head.substr(0, head.find("\r\n"));
      head.remove_prefix(line.size() + 2);
      const auto colon = line.find(": ");
      std::string name(line.substr(0, colon));
      std::transform(name.begin(), name.end(), name.begin(),
                     [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      response.headers[name] = line.substr(colon + 2);
    }
    pending_.erase(0, end + 4);
    return response;
  }

  // The next chunk of a chunked body; empty: the last one.
  std::string read_chunk() {
    while (pending_.find("\r\n") == std::string::npos) {
      if (!receive()) throw std::runtime_error("closed before the last chunk");
    }
    const auto line = pending_.find("\r\n");
    const auto length = std::strtoull(pending_.substr(0, line).c_str(), nullptr, 16);
    pending_.erase(0, line + 2);
    const auto framed = read_bytes(length + 2);
    if (!framed.ends_with("\r\n")) throw std::runtime_error("a chunk that does not end");
    return framed.substr(0, length);
  }

  // Everything up to the end of the connection.
  std::string read_to_end() {
    while (receive()) {
    }
    return std::exchange(pending_, {});
  }

  // True once the server has closed its side; false when it says more, or nothing for too long.
  bool closed_by_server() {
    if (!pending_.empty()) return false;
    char byte;
    const auto n = recv(fd_, &byte, 1, 0);
    return n == 0 || (n < 0 && errno == ECONNRESET);
  }

  void end_sending() { shutdown(fd_, SHUT_WR); }

 private:
  std::string read_bytes(std::size_t length) {
    while (pending_.size() < length) {
      if (!receive()) throw std::runtime_error("closed inside an answer's body");
    }
    std::string bytes = pending_.substr(0, length);
    pending_.erase(0, length);
    return bytes;
  }

  bool receive() {
    char buffer[16 * 1024];
    const auto n = recv(fd_, buffer, sizeof buffer, 0);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      throw std::runtime_error("no answer in time");
    }
    if (n <= 0) return false;
    pending_.append(buffer, static_cast<std::size_t>(n));
    return true;
  }

  int fd_;
  std::string pending_;
};

}  // namespace transcribed::fakes
