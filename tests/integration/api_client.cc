#include "tests/integration/api_client.h"

#include <chrono>
#include <optional>
#include <stdexcept>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "tests/integration/waiting.h"

namespace transcribed::tests {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace json = boost::json;
using boost::system::error_code;

// One request and its answer; asynchronous only because that is how Beast knows deadlines.
class Exchange {
 public:
  Exchange(std::uint16_t port, http::request<http::string_body> request)
      : request_(std::move(request)) {
    stream_.expires_after(patience);
    stream_.async_connect(asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), port),
                          [this](error_code error) { connected(error); });
    loop_.run();
    if (failure_) throw std::runtime_error("no answer from the daemon: " + failure_.message());
  }
  const http::response<http::string_body>& response() const { return parser_.get(); }

 private:
  void connected(error_code error) {
    if (error) return fail(error);
    http::async_write(stream_, request_, [](error_code, std::size_t) {
      // A server that refuses answers before it has read everything.
    });
    parser_.body_limit(boost::none);
    http::async_read(stream_, buffer_, parser_, [this](error_code failure, std::size_t) {
      if (failure) fail(failure);
      stream_.close();
    });
  }
  void fail(error_code error) { failure_ = error; }

  asio::io_context loop_;
  beast::tcp_stream stream_{loop_};
  http::request<http::string_body> request_;
  beast::flat_buffer buffer_;
  http::response_parser<http::string_body> parser_;
  error_code failure_;
};

bool has_ended(const std::string& state) {
  return state == "completed" || state == "failed" || state == "cancelled";
}

}  // namespace

json::object HttpAnswer::json() const {
  error_code error;
  const json::value value = json::parse(body, error);
  if (error || !value.is_object()) throw std::runtime_error("no JSON object: " + body);
  return value.get_object();
}

std::string HttpAnswer::code() const { return text_at(json().at("error").as_object(), "code"); }
std::string HttpAnswer::message() const {
  return text_at(json().at("error").as_object(), "message");
}

HttpAnswer ApiClient::ask(const std::string& method, const std::string& target,
                          const std::string& body, const std::string& content_type) const {
  http::request<http::string_body> request;
  request.method_string(method);
  request.target(target);
  request.set(http::field::host, "127.0.0.1:" + std::to_string(port_));
  request.keep_alive(false);
  if (!content_type.empty()) request.set(http::field::content_type, content_type);
  if (!api_key_.empty()) request.set(http::field::authorization, "Bearer " + api_key_);
  request.body() = body;
  request.prepare_payload();
  const Exchange exchange(port_, std::move(request));
  HttpAnswer answer;
  answer.status = static_cast<int>(exchange.response().result_int());
  answer.content_type = std::string(exchange.response()[http::field::content_type]);
  answer.body = exchange.response().body();
  return answer;
}

HttpAnswer ApiClient::post(const std::string& target, const json::object& body) const {
  return ask("POST", target, json::serialize(body), "application/json");
}

HttpAnswer ApiClient::post_form(const std::string& target, const std::string& file_field,
                                const std::string& file_name, const std::string& bytes,
                                const std::map<std::string, std::string>& fields) const {
  const std::string boundary = "----a-boundary-that-no-recording-holds";
  std::string body;
  for (const auto& [name, value] : fields) {
    body += "--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" +
            value + "\r\n";
  }
  body += "--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + file_field +
          "\"; filename=\"" + file_name + "\"\r\nContent-Type: application/octet-stream\r\n\r\n" +
          bytes + "\r\n--" + boundary + "--\r\n";
  return ask("POST", target, body, "multipart/form-data; boundary=" + boundary);
}

std::string ApiClient::submit(const std::string& path, json::object more) const {
  more["path"] = path;
  const HttpAnswer answer = post("/api/jobs", more);
  if (answer.status != 201) {
    throw std::runtime_error("not taken: " + std::to_string(answer.status) + " " + answer.body);
  }
  return text_at(answer.json(), "id");
}

json::object ApiClient::job(const std::string& id) const {
  const HttpAnswer answer = get("/api/jobs/" + id);
  if (answer.status != 200) throw std::runtime_error("no job " + id + ": " + answer.body);
  return answer.json();
}

std::string ApiClient::state(const std::string& id) const { return text_at(job(id), "state"); }

json::object ApiClient::wait_for(const std::string& id, const std::string& state) const {
  json::object last;
  const bool there = eventually([&] {
    last = job(id);
    const std::string now = text_at(last, "state");
    return now == state || has_ended(now);
  });
  if (!there)
    throw std::runtime_error("job " + id + " did not get there: " + json::serialize(last));
  return last;
}

std::string ApiClient::transcript(const std::string& id, const std::string& format) const {
  const HttpAnswer answer = get("/api/jobs/" + id + "/transcript?format=" + format);
  if (answer.status != 200) throw std::runtime_error("no transcript: " + answer.body);
  return answer.body;
}

std::string ApiClient::reason(const std::string& id) const {
  const json::object now = job(id);
  const json::object* reason = now.at("reason").if_object();
  return reason == nullptr ? "" : text_at(*reason, "code") + ": " + text_at(*reason, "message");
}

std::int64_t ApiClient::slots_used() const {
  const json::object resources = get("/api/resources").json();
  std::int64_t sum = 0;
  for (const json::value& gpu : resources.at("gpus").as_array()) {
    sum += number_at(gpu.as_object(), "slots_used");
  }
  return sum;
}

std::string text_at(const json::object& object, const std::string& key) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr || !value->is_string()) {
    throw std::runtime_error("no text " + key + " in " + json::serialize(object));
  }
  return std::string(value->get_string());
}

std::int64_t number_at(const json::object& object, const std::string& key) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr || !value->is_int64()) {
    throw std::runtime_error("no whole number " + key + " in " + json::serialize(object));
  }
  return value->get_int64();
}

}  // namespace transcribed::tests
