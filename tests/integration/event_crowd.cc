#include "tests/integration/event_crowd.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>

#include "tests/integration/waiting.h"

namespace transcribed::tests {
namespace {

constexpr std::size_t own_files = 200;

// FNV-1a.
std::uint64_t sum_over(std::uint64_t sum, const std::string& text) {
  for (const char c : text) {
    sum = (sum ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  }
  return sum;
}

// What is left of chunked text without its frames; a frame that is cut in two stays.
void take_chunks(std::string& raw, std::string& text, bool& ended) {
  while (!ended) {
    const auto line = raw.find("\r\n");
    if (line == std::string::npos) return;
    const auto size = std::stoul(raw.substr(0, line), nullptr, 16);
    if (raw.size() < line + 2 + size + 2) return;
    text.append(raw, line + 2, size);
    raw.erase(0, line + 2 + size + 2);
    ended = size == 0;
  }
}

}  // namespace

std::size_t EventCrowd::most(std::size_t wanted) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  return std::min<std::size_t>(wanted, limit.rlim_cur - own_files);
}

EventCrowd::EventCrowd(std::uint16_t port, const std::string& target, std::size_t readers)
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)), readers_(readers) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const std::string request = "GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
  for (std::size_t i = 0; i < readers_.size(); ++i) {
    Reader& reader = readers_[i];
    reader.fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::connect(reader.fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        ::send(reader.fd, request.data(), request.size(), MSG_NOSIGNAL) !=
            static_cast<ssize_t>(request.size())) {
      throw std::runtime_error("reader " + std::to_string(i) + " cannot connect");
    }
    epoll_event event{.events = EPOLLIN, .data = {.u64 = i}};
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, reader.fd, &event);
  }
  if (!poll("", [](const Reader& reader) { return reader.begun; })) {
    throw std::runtime_error("not every stream begins");
  }
}

EventCrowd::~EventCrowd() {
  for (const Reader& reader : readers_) ::close(reader.fd);
  ::close(epoll_);
}

bool EventCrowd::read_until(const std::string& word, std::size_t count) {
  return poll(
      word, [&](const Reader& reader) { return reader.read.wanted >= count || reader.read.ended; });
}

bool EventCrowd::poll(const std::string& word, const auto& done) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  std::array<epoll_event, 256> events{};
  while (!std::ranges::all_of(readers_, done)) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    const int ready = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 1000);
    for (int i = 0; i < ready; ++i) receive(readers_[events[i].data.u64], word);
  }
  return true;
}

void EventCrowd::receive(Reader& reader, const std::string& word) {
  std::array<char, 64 * 1024> block;
  const ssize_t got = ::recv(reader.fd, block.data(), block.size(), MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) {
    reader.read.ended = true;
    ::epoll_ctl(epoll_, EPOLL_CTL_DEL, reader.fd, nullptr);
    return;
  }
  reader.raw.append(block.data(), static_cast<std::size_t>(got));
  if (!reader.begun) {
    const auto head = reader.raw.find("\r\n\r\n");
    if (head == std::string::npos) return;
    if (!reader.raw.starts_with("HTTP/1.1 200 ")) {
      throw std::runtime_error("a reader is not let in: " + reader.raw);
    }
    reader.raw.erase(0, head + 4);
    reader.begun = true;
  }
  take_chunks(reader.raw, reader.text, reader.read.ended);
  for (std::size_t end; (end = reader.text.find("\n\n")) != std::string::npos;) {
    const std::string event = reader.text.substr(0, end);
    reader.text.erase(0, end + 2);
    if (event.find("\ndata: ") == std::string::npos) continue;  // a heartbeat, or a place
    ++reader.read.events;
    if (!word.empty() && event.find(word) != std::string::npos) ++reader.read.wanted;
    reader.read.sum = sum_over(reader.read.sum, event);
  }
}

std::vector<EventCrowd::Read> EventCrowd::all() const {
  std::vector<Read> out;
  for (const Reader& reader : readers_) out.push_back(reader.read);
  return out;
}

}  // namespace transcribed::tests
