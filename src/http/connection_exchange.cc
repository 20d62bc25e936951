// What happens between a request's headers and its handler.
#include "http/connection_exchange.h"

#include <exception>

#include <spdlog/spdlog.h>

#include "wire/header_parameters.h"

namespace transcribed::http {
namespace beast_http = boost::beast::http;
namespace {

std::string_view as_view(boost::beast::string_view text) { return {text.data(), text.size()}; }

Method to_method(beast_http::verb verb) {
  switch (verb) {
    case beast_http::verb::get:
      return Method::get;
    case beast_http::verb::head:
      return Method::head;
    case beast_http::verb::post:
      return Method::post;
    case beast_http::verb::put:
      return Method::put;
    case beast_http::verb::patch:
      return Method::patch;
    case beast_http::verb::delete_:
      return Method::delete_;
    case beast_http::verb::options:
      return Method::options;
    default:
      return Method::other;
  }
}

struct Target {
  std::string_view authority;  // of "http://host/path"; otherwise empty
  std::string_view path;
  std::string_view query;
};

std::optional<Target> split_target(std::string_view text) {
  Target target;
  if (text.starts_with("http://")) {
    text.remove_prefix(7);
    const auto end = text.find_first_of("/?");
    target.authority = text.substr(0, end);
    if (target.authority.empty()) return std::nullopt;
    text = end == std::string_view::npos ? std::string_view("/") : text.substr(end);
    if (text.starts_with('?')) {
      target.path = "/";
      target.query = text.substr(1);
      return target;
    }
  }
  if (!text.starts_with('/')) return std::nullopt;
  const auto question = text.find('?');
  target.path = text.substr(0, question);
  if (question != std::string_view::npos) target.query = text.substr(question + 1);
  return target;
}

}  // namespace

ConnectionExchange::~ConnectionExchange() {
  if (answered_) return;
  // Past the server's end there is nothing left to count in, and nobody who left.
  if (!connection_->hub_->closing_all) count(0);
  connection_->gone_ = nullptr;  // it is not the client that goes
  connection_->close();
}

void ConnectionExchange::count(int status) const {
  const ConnectionHub& hub = *connection_->hub_;
  hub.counts->answered(hub.router, route_, method_, status,
                       std::chrono::steady_clock::now() - connection_->begun_at_);
}

std::string_view ConnectionExchange::header(std::string_view name) const {
  if (answered_) return {};
  return as_view(connection_->parser_->get()[{name.data(), name.size()}]);
}

std::optional<std::uint64_t> ConnectionExchange::content_length() const {
  if (answered_) return std::nullopt;
  const auto length = connection_->parser_->content_length();
  return length ? std::optional<std::uint64_t>(*length) : std::nullopt;
}

void ConnectionExchange::read_some(std::function<void(BodyPiece)> next) {
  if (answered_) {
    next(tl::make_unexpected(BodyError::disconnected));
    return;
  }
  connection_->read_body(std::move(next));
}

void ConnectionExchange::respond(Response response) {
  if (answered_) return;
  answered_ = true;
  count(response.status);
  connection_->respond(std::move(response));
}

void ConnectionExchange::on_disconnect(std::function<void()> gone) {
  if (!answered_) connection_->on_disconnect(std::move(gone));
}

std::shared_ptr<ResponseStream> ConnectionExchange::stream(Response head) {
  if (answered_) return nullptr;
  answered_ = true;
  count(head.status);
  return connection_->stream(head);
}

void Connection::dispatch() {
  phase_ = Phase::handling;
  deadline_ = TimePoint::max();
  window_left_ = hub_->limits.body_progress_time;
  window_bytes_ = 0;
  const auto& message = parser_->get();
  continue_wanted_ = message.version() >= 11 && !parser_->is_done() &&
                     wire::to_lower(as_view(message[beast_http::field::expect])) == "100-continue";
  const auto target = split_target(as_view(message.target()));
  const auto exchange = std::make_shared<ConnectionExchange>(
      shared_from_this(), to_method(message.method()), target ? target->path : "/",
      target ? target->query : "");

  const auto hosts = message.count(beast_http::field::host);
  if (!target) {
    exchange->respond(to_response(bad_request("bad_target", "The request's target is no path.")));
    return;
  }
  if (hosts > 1 || (hosts == 0 && message.version() >= 11)) {
    exchange->respond(to_response(bad_request("bad_host", "A request needs one Host header.")));
    return;
  }
  if (message.count(beast_http::field::transfer_encoding) > 0 && !parser_->chunked()) {
    ApiError error = bad_request("bad_transfer_encoding",
                                 "The only Transfer-Encoding this server knows is chunked.");
    error.status = 501;
    // Where the body ends is not known, so nothing after it can be told from a request.
    exchange->forget();
    refuse(error);
    return;
  }
  auto host =
      target->authority.empty() ? as_view(message[beast_http::field::host]) : target->authority;
  // HTTP/1.0 may leave it out, and a browser, which is what this guards against, does not.
  if (hosts == 0) host = "localhost";
  if (const auto error =
          hub_->guard.check_source(host, as_view(message[beast_http::field::origin]))) {
    exchange->respond(to_response(*error));
    return;
  }
  route(exchange);
}

void Connection::route(const std::shared_ptr<ConnectionExchange>& exchange) {
  auto found = hub_->router.find(exchange->method(), exchange->path());
  auto* match = std::get_if<RouteMatch>(&found);
  if (match) exchange->set_route(*match->route);
  if (!match || match->route->key_rule == KeyRule::needs_key) {
    auto caller = hub_->keys->caller(exchange->header("authorization"));
    if (!caller) {
      exchange->respond(to_response(caller.error()));
      return;
    }
    exchange->caller = std::move(*caller);
  }
  if (!match) {
    exchange->respond(to_response(std::get<ApiError>(found)));
    return;
  }
  exchange->path_parameters = std::move(match->parameters);
  try {
    match->route->handler(exchange);
  } catch (const std::exception& failure) {
    spdlog::error("{} {} failed: {}", to_string(exchange->method()), match->route->pattern,
                  failure.what());
    ApiError error;
    error.status = 500;
    error.code = "internal";
    error.message = "The server failed on this request; its log says more.";
    exchange->respond(to_response(error));
  }
}

}  // namespace transcribed::http
