// An HTTP server on a free loopback port whose answers a test decides, request by request. Each
// connection has a thread; the handler is called from them, one call at a time.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace transcribed::fakes {

struct ScriptedRequest {
  std::string method;
  std::string target;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
  int connection = 0;  // from 1: which connection it came on
};

struct ScriptedAnswer {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::map<std::string, std::string> headers;
  std::optional<std::string> raw;  // instead of all this: bytes, then the connection closes
  bool hang_up = false;            // no answer at all: the connection closes
};

class ScriptedHttpServer {
 public:
  using Handler = std::function<ScriptedAnswer(const ScriptedRequest&)>;
  // Decides on the head alone: an answer ends the connection with the body unread.
  using EarlyHandler = std::function<std::optional<ScriptedAnswer>(const ScriptedRequest&)>;

  explicit ScriptedHttpServer(Handler handler, EarlyHandler early = {});
  ~ScriptedHttpServer();
  ScriptedHttpServer(const ScriptedHttpServer&) = delete;
  ScriptedHttpServer& operator=(const ScriptedHttpServer&) = delete;

  std::uint16_t port() const;
  std::string url() const;

  // Ends all connections; the port stays ours, and refuses.
  void go_away();
  void come_back();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace transcribed::fakes
