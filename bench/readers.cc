// Many readers of the daemon's events, as cheaply as they can be had:
//
//   readers HOST:PORT COUNT [TYPES]
//
// connects them, prints "ready" once each stream has begun, reads and forgets what comes until
// standard input ends, and prints one JSON object.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

namespace {

[[noreturn]] void fail(const char* what) {
  throw std::runtime_error(std::string(what) + ": " + std::generic_category().message(errno));
}

class Readers {
 public:
  Readers(const std::string& address, std::size_t count, const std::string& types)
      : epoll_(::epoll_create1(EPOLL_CLOEXEC)), begun_(count, false) {
    const auto colon = address.rfind(':');
    sockaddr_in server{};
    server.sin_family = AF_INET;
    server.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1))));
    if (::inet_pton(AF_INET, address.substr(0, colon).c_str(), &server.sin_addr) != 1) {
      throw std::runtime_error("HOST:PORT is expected");
    }
    const std::string request = "GET /api/events" + (types.empty() ? "" : "?types=" + types) +
                                " HTTP/1.1\r\nHost: " + address + "\r\n\r\n";
    for (std::size_t i = 0; i < count; ++i) {
      const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      if (fd < 0) fail("socket");
      if (::connect(fd, reinterpret_cast<sockaddr*>(&server), sizeof server) != 0) fail("connect");
      if (::send(fd, request.data(), request.size(), MSG_NOSIGNAL) < 0) fail("send");
      watch(fd, i);
    }
    while (left_to_begin_ > 0) turn(-1);
  }

  // Until standard input ends.
  void run() {
    watch(STDIN_FILENO, stdin_mark);
    while (!over_) turn(-1);
  }

  void report() const {
    std::printf("{\"readers\":%zu,\"cut\":%zu,\"bytes\":%llu,\"reads\":%llu}\n", begun_.size(), cut_,
                static_cast<unsigned long long>(bytes_), static_cast<unsigned long long>(reads_));
  }

 private:
  static constexpr std::uint64_t stdin_mark = ~std::uint64_t{0};

  void watch(int fd, std::uint64_t index) {
    if (index != stdin_mark) {
      fds_.push_back(fd);
      ++left_to_begin_;
    }
    epoll_event event{.events = EPOLLIN, .data = {.u64 = index}};
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) fail("epoll_ctl");
  }

  void turn(int wait_ms) {
    std::array<epoll_event, 512> events;
    const int count =
        ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), wait_ms);
    for (int i = 0; i < count; ++i) {
      if (events[i].data.u64 == stdin_mark) {
        over_ = true;
      } else {
        receive(static_cast<std::size_t>(events[i].data.u64));
      }
    }
  }

  void receive(std::size_t index) {
    static std::array<char, 256 * 1024> block;
    const ssize_t got = ::recv(fds_[index], block.data(), block.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
      ++cut_;
      ::epoll_ctl(epoll_, EPOLL_CTL_DEL, fds_[index], nullptr);
      return;
    }
    ++reads_;
    bytes_ += static_cast<std::uint64_t>(got);
    if (begun_[index]) return;
    constexpr std::string_view good = "HTTP/1.1 200 ";
    if (std::string_view(block.data(), static_cast<std::size_t>(got)).substr(0, good.size()) !=
        good) {
      throw std::runtime_error("a reader is not let in");
    }
    begun_[index] = true;
    --left_to_begin_;
  }

  int epoll_;
  std::vector<int> fds_;
  std::vector<bool> begun_;
  std::size_t left_to_begin_ = 0;
  std::size_t cut_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t reads_ = 0;
  bool over_ = false;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 && argc != 4) {
    std::cerr << "usage: readers HOST:PORT COUNT [TYPES]\n";
    return 2;
  }
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  try {
    Readers readers(argv[1], std::stoul(argv[2]), argc == 4 ? argv[3] : "");
    std::puts("ready");
    std::fflush(stdout);
    readers.run();
    readers.report();
  } catch (const std::exception& error) {
    std::cerr << "readers: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
