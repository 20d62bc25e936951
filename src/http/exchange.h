// One request and its answer, as a route sees them: no socket and no parser type in sight.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "core/access.h"
#include "http/response_stream.h"

namespace transcribed::http {

enum class Method { get, head, post, put, patch, delete_, options, other };

// "GET"; "OTHER" for what this server does not know.
std::string_view to_string(Method method);

struct Response {
  int status = 200;
  std::string_view content_type = "application/json";  // of static storage; empty: not sent
  std::string body;
  // Beyond Content-Type, Content-Length, Date, Server and Connection.
  std::vector<std::pair<std::string, std::string>> headers;
};

// Why no more of a body can be had. After `disconnected` nobody hears an answer any more.
enum class BodyError { disconnected, malformed };
// A piece of the body, valid until the next read_some() or respond(); empty: the body has ended.
using BodyPiece = tl::expected<std::string_view, BodyError>;

// Loop thread. Whoever holds the last pointer without having called respond() closes the
// connection.
class Exchange {
 public:
  virtual ~Exchange() = default;

  virtual Method method() const = 0;
  virtual std::string_view path() const = 0;   // as sent, percent-encoding included
  virtual std::string_view query() const = 0;  // as sent, without "?"
  // The first of that name in whatever case; empty: not sent, or sent empty. Valid until respond().
  virtual std::string_view header(std::string_view name) const = 0;
  // Nothing: chunked, or no body at all.
  virtual std::optional<std::uint64_t> content_length() const = 0;

  // The next piece. `next` may be called from inside. A client that waits for "100 Continue" gets
  // it with the first call.
  virtual void read_some(std::function<void(BodyPiece)> next) = 0;
  // At most once, and not while read_some() is waiting (that closes the connection). When the body
  // has not been read to its end, the connection is closed afterwards, in such a way that the
  // client reads this answer first.
  virtual void respond(Response response) = 0;
  // Instead of respond(): the head of an answer, whose body (`head.body` is not sent) goes into the
  // stream: chunked, or up to the connection's end for HTTP/1.0. Never null the first time; the
  // answer to HEAD, or to a client that has gone, is a stream that is closed from the start.
  virtual std::shared_ptr<ResponseStream> stream(Response head) = 0;

  // `gone` is called once if the client goes away before it has the whole answer, also while nobody
  // reads from it or writes to it. A client that only ends its sending side has gone, too. Not
  // called when the server closes the connection by itself. `gone` must not own the exchange.
  virtual void on_disconnect(std::function<void()> gone) = 0;

  // The value of {name} in the route's pattern, decoded; empty when there is none.
  std::string_view path_parameter(std::string_view name) const;

  std::vector<std::pair<std::string_view, std::string>> path_parameters;
  core::Caller caller;  // who asks; without a name where no key is needed
};

using ExchangePtr = std::shared_ptr<Exchange>;
using Handler = std::function<void(ExchangePtr)>;

}  // namespace transcribed::http
