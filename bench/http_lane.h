// One keep-alive HTTP/1.1 connection that costs as little as it can: prebuilt requests, and of an
// answer only the status, the length and, when asked for, the body are looked at. One thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace transcribed::bench {

// Everything here throws std::runtime_error when the connection breaks: a benchmark with a broken
// connection has no result.
class HttpLane {
 public:
  HttpLane(const std::string& host, int port);
  ~HttpLane();
  HttpLane(const HttpLane&) = delete;
  HttpLane& operator=(const HttpLane&) = delete;

  int fd() const { return fd_; }
  void send(std::string_view request);
  struct Answer {
    int status = 0;
    std::string body;
  };
  // Reads what is there; an answer once one is whole. Blocks when nothing is there.
  std::optional<Answer> receive();
  // One request and its answer.
  Answer ask(std::string_view request);

 private:
  int fd_ = -1;
  std::string input_;
};

std::string get_request(std::string_view target, const std::string& host, int port);
std::string post_json_request(std::string_view target, const std::string& host, int port,
                              std::string_view body);

}  // namespace transcribed::bench
