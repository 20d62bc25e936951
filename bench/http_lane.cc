#include "http_lane.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <stdexcept>
#include <system_error>

namespace transcribed::bench {
namespace {

[[noreturn]] void fail(const char* what) {
  throw std::runtime_error(std::string(what) + ": " + std::generic_category().message(errno));
}

int number_in(std::string_view text) {
  int number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

HttpLane::HttpLane(const std::string& host, int port)
    : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  if (::inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) fail("address");
  if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) fail("connect");
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

HttpLane::~HttpLane() { ::close(fd_); }

void HttpLane::send(std::string_view request) {
  while (!request.empty()) {
    const ssize_t sent = ::send(fd_, request.data(), request.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) fail("send");
    request.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::optional<HttpLane::Answer> HttpLane::receive() {
  std::array<char, 64 * 1024> piece;
  const ssize_t got = ::recv(fd_, piece.data(), piece.size(), 0);
  if (got < 0 && errno == EINTR) return std::nullopt;
  if (got <= 0) fail("receive");
  input_.append(piece.data(), static_cast<std::size_t>(got));
  const auto header_end = input_.find("\r\n\r\n");
  if (header_end == std::string::npos) return std::nullopt;
  const auto header = std::string_view(input_).substr(0, header_end);
  constexpr std::string_view length_name = "\r\nContent-Length: ";
  const auto length_at = header.find(length_name);
  if (length_at == std::string_view::npos) throw std::runtime_error("an answer without a length");
  const auto length =
      static_cast<std::size_t>(number_in(header.substr(length_at + length_name.size())));
  const auto body_at = header_end + 4;
  if (input_.size() < body_at + length) return std::nullopt;
  Answer answer{.status = number_in(header.substr(9)), .body = input_.substr(body_at, length)};
  input_.erase(0, body_at + length);
  return answer;
}

HttpLane::Answer HttpLane::ask(std::string_view request) {
  send(request);
  for (;;) {
    if (auto answer = receive()) return std::move(*answer);
  }
}

std::string get_request(std::string_view target, const std::string& host, int port) {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: " + host + ":" + std::to_string(port) +
         "\r\n\r\n";
}

std::string post_json_request(std::string_view target, const std::string& host, int port,
                              std::string_view body) {
  return "POST " + std::string(target) + " HTTP/1.1\r\nHost: " + host + ":" + std::to_string(port) +
         "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + std::string(body);
}

}  // namespace transcribed::bench
