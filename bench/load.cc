// What a client would do, as cheaply as it can be done:
//
//   load submit HOST:PORT MODEL CONNECTIONS        a job for each path on standard input
//   load run    HOST:PORT MODEL CONNECTIONS        the same, then waits until all have ended
//   load release HOST:PORT FIFO                    lets the jobs go that wait at FIFO, then waits
//                                                  until all have ended
// "Ended" is on disk. Prints one JSON object; times in seconds since the first request (or the
// release), by CLOCK_MONOTONIC.
#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "http_lane.h"

namespace {

using namespace transcribed::bench;
using Clock = std::chrono::steady_clock;

struct Server {
  std::string host;
  int port = 0;

  explicit Server(const std::string& address) {
    const auto colon = address.rfind(':');
    if (colon == std::string::npos) throw std::runtime_error("HOST:PORT is expected");
    host = address.substr(0, colon);
    port = std::stoi(address.substr(colon + 1));
  }
};

double seconds_since(Clock::time_point begun) {
  return std::chrono::duration<double>(Clock::now() - begun).count();
}

// Each connection has one request under way at any time.
class Submitter {
 public:
  Submitter(const Server& server, const std::string& model, int connections)
      : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    for (std::string path; std::getline(std::cin, path);) {
      requests_.push_back(
          post_json_request("/api/jobs", server.host, server.port,
                            "{\"path\":\"" + path + "\",\"model\":\"" + model + "\"}"));
    }
    for (int i = 0; i < connections; ++i) {
      lanes_.push_back(std::make_unique<HttpLane>(server.host, server.port));
      epoll_event event{.events = EPOLLIN, .data = {.u64 = static_cast<std::uint64_t>(i)}};
      ::epoll_ctl(epoll_, EPOLL_CTL_ADD, lanes_.back()->fd(), &event);
    }
    sent_at_.resize(lanes_.size());
  }
  ~Submitter() { ::close(epoll_); }
  Submitter(const Submitter&) = delete;
  Submitter& operator=(const Submitter&) = delete;

  void run() {
    for (std::size_t i = 0; i < lanes_.size(); ++i) send_next(i);
    std::array<epoll_event, 64> events;
    while (latencies_.size() < requests_.size()) {
      const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < count; ++i) heard(static_cast<std::size_t>(events[i].data.u64));
    }
    std::sort(latencies_.begin(), latencies_.end());
  }

  std::size_t count() const { return requests_.size(); }
  double latency_ms(double share) const {
    if (latencies_.empty()) return 0;
    const auto at = static_cast<std::size_t>(share * static_cast<double>(latencies_.size() - 1));
    return latencies_[at] * 1000;
  }

 private:
  void send_next(std::size_t lane) {
    if (next_ == requests_.size()) return;
    sent_at_[lane] = Clock::now();
    lanes_[lane]->send(requests_[next_++]);
  }

  void heard(std::size_t lane) {
    const auto answer = lanes_[lane]->receive();
    if (!answer) return;
    if (answer->status != 201) throw std::runtime_error("not submitted: " + answer->body);
    latencies_.push_back(seconds_since(sent_at_[lane]));
    send_next(lane);
  }

  int epoll_;
  std::vector<std::string> requests_;
  std::vector<std::unique_ptr<HttpLane>> lanes_;
  std::vector<Clock::time_point> sent_at_;
  std::vector<double> latencies_;
  std::size_t next_ = 0;
};

// Asks seldom enough not to be part of what is measured.
void wait_until_ended(const Server& server) {
  HttpLane lane(server.host, server.port);
  const auto resources = get_request("/api/resources", server.host, server.port);
  const auto running = get_request("/api/jobs?state=running&limit=1", server.host, server.port);
  const auto until = [&](const std::string& request,
                         std::initializer_list<std::string_view> signs) {
    for (;;) {
      const auto answer = lane.ask(request);
      if (answer.status != 200) throw std::runtime_error("unexpected answer: " + answer.body);
      if (std::all_of(signs.begin(), signs.end(), [&](std::string_view sign) {
            return answer.body.find(sign) != std::string::npos;
          })) {
        return;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  };
  until(resources, {"\"pending_jobs\":0,", "\"running_jobs\":0,"});
  // A job shows as running until its end is on disk.
  until(running, {"\"jobs\":[]"});
}

int submit(const Server& server, const std::string& model, int connections, bool wait) {
  Submitter submitter(server, model, connections);
  const auto begun = Clock::now();
  submitter.run();
  const double seconds = seconds_since(begun);
  if (wait) wait_until_ended(server);
  const double ended = seconds_since(begun);
  const auto count = static_cast<double>(submitter.count());
  std::printf(
      "{\"jobs\":%zu,\"submit_seconds\":%.6f,\"submitted_per_second\":%.1f,\"submit_p50_ms\":%.3f,"
      "\"submit_p99_ms\":%.3f,\"seconds\":%.6f,\"per_second\":%.1f}\n",
      submitter.count(), seconds, count / seconds, submitter.latency_ms(0.5),
      submitter.latency_ms(0.99), ended, count / ended);
  return 0;
}

int release(const Server& server, const char* fifo) {
  const auto begun = Clock::now();
  const int fd = ::open(fifo, O_WRONLY | O_CLOEXEC);
  if (fd < 0) throw std::runtime_error("cannot open the FIFO");
  ::close(fd);
  wait_until_ended(server);
  std::printf("{\"seconds\":%.6f}\n", seconds_since(begun));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string command = argc > 1 ? argv[1] : "";
  try {
    if (argc == 5 && (command == "submit" || command == "run")) {
      return submit(Server(argv[2]), argv[3], std::stoi(argv[4]), command == "run");
    }
    if (argc == 4 && command == "release") return release(Server(argv[2]), argv[3]);
  } catch (const std::exception& error) {
    std::cerr << "load: " << error.what() << '\n';
    return 1;
  }
  std::cerr
      << "usage: load submit|run HOST:PORT MODEL CONNECTIONS, or load release HOST:PORT FIFO\n";
  return 2;
}
