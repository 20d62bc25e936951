// One kept-alive HTTP/1.1 connection to the server, with blocking calls that have time limits. One
// thread uses it; abort() may come from any other.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "client/server_address.h"

namespace transcribed::client {

struct HttpResponse {
  unsigned status = 0;
  std::string content_type;
  std::string body;
  std::optional<std::chrono::seconds> retry_after;
};

struct HttpProblem {
  enum class Kind {
    unreachable,   // no connection was made
    not_sent,      // it broke before the request was whole: the server cannot have acted on it
    answer_lost,   // the request went out whole, and no whole answer came back
    not_http,      // what came back is not HTTP
    too_large,     // the answer is larger than any of ours
    file_changed,  // an upload's file could not be read to the size it had
    aborted,       // abort() was called
  } kind = Kind::unreachable;
  std::string detail;
};

using HttpResult = tl::expected<HttpResponse, HttpProblem>;

class HttpConnection {
 public:
  HttpConnection(ServerAddress address, std::string api_key);
  ~HttpConnection();
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  // `target` begins with "/". A GET that meets a connection the server has closed meanwhile is sent
  // again on a fresh one.
  HttpResult get(std::string_view target, std::chrono::seconds limit = std::chrono::seconds(30));
  // `body` is JSON; "" for none.
  HttpResult post(std::string_view target, std::chrono::seconds limit, std::string_view body = "");
  HttpResult erase(std::string_view target, std::chrono::seconds limit);

  // Sends `before`, then `size` bytes of the file open at `fd`, then `after`, a piece at a time.
  // Without a size it sends what `fd` gives until its end, in chunks as they come; the connection
  // is made when there is something to send. The limit is for each piece and for the answer. An
  // answer that comes early (a refusal) ends the sending. `on_sent` gets the number of bytes of the
  // file that are out.
  struct Upload {
    std::string content_type;
    std::string before;
    int fd = -1;
    std::optional<std::uint64_t> size;
    std::string after;
    std::function<void(std::uint64_t)> on_sent;
    std::chrono::seconds limit{120};
  };
  HttpResult upload(std::string_view target, const Upload& upload);

  // Ends the call in progress and refuses later ones. A call that has sent all and waits for its
  // answer is given `grace` to get it, so that nobody need guess whether it worked. Any thread.
  void abort(std::chrono::milliseconds grace = std::chrono::milliseconds(0));

  const ServerAddress& address() const { return address_; }

 private:
  class Impl;
  ServerAddress address_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace transcribed::client
