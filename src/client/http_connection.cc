#include "client/http_connection.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <system_error>

#include <fmt/format.h>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/chunk_encode.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

namespace transcribed::client {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;
using Kind = HttpProblem::Kind;

namespace {

constexpr std::size_t piece_bytes = 256 * 1024;
// A transcript of a day of speech is a few MB.
constexpr std::uint64_t max_answer_bytes = 512ULL << 20;
constexpr std::chrono::seconds connect_limit(10);

tl::unexpected<HttpProblem> problem(Kind kind, std::string detail) {
  return tl::make_unexpected(HttpProblem{kind, std::move(detail)});
}

}  // namespace

// Asio's blocking calls know no time limit, so each call here starts an asynchronous operation and
// runs the context until it is through.
class HttpConnection::Impl {
 public:
  Impl(const ServerAddress& address, std::string key)
      : address_(address),
        key_(std::move(key)),
        resolver_(context_),
        stream_(context_),
        grace_timer_(context_),
        abort_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (abort_fd_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  }
  ~Impl() { ::close(abort_fd_); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  template <typename Start>
  error_code run(std::chrono::seconds limit, Start start) {
    if (aborted_ && !awaiting_answer_) return net::error::operation_aborted;
    error_code result = net::error::would_block;
    stream_.expires_after(limit);
    start([&](const error_code& ec, const auto&...) {
      result = ec;
      grace_timer_.cancel();
    });
    context_.restart();
    context_.run();
    return result;
  }

  // Nothing when connected. `reused` tells whether an older connection serves.
  std::optional<HttpProblem> connect(bool& reused) {
    reused = stream_.socket().is_open();
    if (reused && !is_idle()) {
      close();
      reused = false;
    }
    if (reused) return std::nullopt;
    buffer_.clear();
    net::ip::tcp::resolver::results_type endpoints;
    error_code ec = run(connect_limit, [&](auto done) {
      resolver_.async_resolve(address_.host, address_.port,
                              [&, done](const error_code& e, const auto& found) {
                                endpoints = found;
                                done(e);
                              });
    });
    if (!ec) {
      ec = run(connect_limit, [&](auto done) { stream_.async_connect(endpoints, done); });
    }
    if (!ec) return std::nullopt;
    close();
    return HttpProblem{aborted_ ? Kind::aborted : Kind::unreachable, ec.message()};
  }

  // A kept-alive connection with nothing to read is alive as far as anyone can tell; one that can
  // be read without a question asked was closed by the server.
  bool is_idle() {
    pollfd entry{stream_.socket().native_handle(), POLLIN, 0};
    return ::poll(&entry, 1, 0) == 0;
  }

  void close() {
    error_code ignored;
    stream_.socket().close(ignored);
    buffer_.clear();
  }

  HttpResult read_answer(std::chrono::seconds limit) {
    http::response_parser<http::string_body> parser;
    parser.body_limit(max_answer_bytes);
    parser.header_limit(64 * 1024);
    awaiting_answer_ = true;
    const error_code ec =
        run(limit, [&](auto done) { http::async_read(stream_, buffer_, parser, done); });
    awaiting_answer_ = false;
    if (ec) {
      const bool got_head = parser.is_header_done();
      const bool got_some = parser.got_some() || buffer_.size() > 0;
      close();
      if (ec == http::error::body_limit) return problem(Kind::too_large, ec.message());
      if (aborted_) return problem(Kind::aborted, "interrupted");
      if (ec == http::error::end_of_stream || ec == http::error::partial_message) {
        // Programs that are no HTTP servers say a few words and hang up.
        if (got_some && !got_head) return problem(Kind::not_http, "its answer is not HTTP");
        return problem(Kind::answer_lost,
                       got_head ? "the answer was cut short" : "the connection was closed");
      }
      if (ec.category() == http::make_error_code(http::error::end_of_stream).category()) {
        return problem(Kind::not_http, ec.message());
      }
      return problem(Kind::answer_lost,
                     ec == beast::error::timeout ? "no answer in time" : ec.message());
    }
    HttpResponse response;
    const auto& message = parser.get();
    response.status = message.result_int();
    response.content_type = std::string(message[http::field::content_type]);
    const auto retry = message[http::field::retry_after];
    int seconds = 0;
    if (const auto end = std::from_chars(retry.data(), retry.data() + retry.size(), seconds);
        !retry.empty() && end.ec == std::errc() && seconds >= 0) {
      response.retry_after = std::chrono::seconds(seconds);
    }
    response.body = std::move(parser.get().body());
    if (!message.keep_alive()) close();
    return response;
  }

  http::request<http::empty_body> head(http::verb verb, std::string_view target) const {
    http::request<http::empty_body> request(verb, address_.base_path + std::string(target), 11);
    request.set(http::field::host, address_.host_header);
    request.set(http::field::user_agent, "transcribe");
    request.set(http::field::accept, "*/*");
    if (!key_.empty()) request.set(http::field::authorization, "Bearer " + key_);
    return request;
  }

  HttpResult call(http::verb verb, std::string_view target, std::chrono::seconds limit,
                  std::string_view body = "") {
    for (;;) {
      if (aborted_) return problem(Kind::aborted, "interrupted");
      bool reused = false;
      if (auto failed = connect(reused)) return tl::make_unexpected(std::move(*failed));
      http::request<http::string_body> request(head(verb, target).base(), std::string(body));
      if (!body.empty()) request.set(http::field::content_type, "application/json");
      if (verb != http::verb::get) request.content_length(body.size());
      const error_code ec =
          run(limit, [&](auto done) { http::async_write(stream_, request, done); });
      if (ec) {
        close();
        if (aborted_) return problem(Kind::aborted, "interrupted");
        // A request this short that the kernel would not take never reached the server.
        if (reused) continue;
        return problem(Kind::not_sent, ec.message());
      }
      HttpResult answer = read_answer(limit);
      if (!answer && answer.error().kind == Kind::answer_lost && reused &&
          verb == http::verb::get) {
        continue;
      }
      return answer;
    }
  }

  HttpResult upload(std::string_view target, const Upload& upload) {
    if (aborted_) return problem(Kind::aborted, "interrupted");
    // A server gives a silent connection up long before a slow pipe has begun to speak.
    if (!upload.size) wait_for_input(upload.fd, -1);
    bool reused = false;
    if (auto failed = connect(reused)) return tl::make_unexpected(std::move(*failed));
    http::request<http::empty_body> request = head(http::verb::post, target);
    request.set(http::field::content_type, upload.content_type);
    if (upload.size) {
      request.content_length(upload.before.size() + *upload.size + upload.after.size());
    } else {
      request.chunked(true);
    }
    http::request_serializer<http::empty_body> serializer(request);
    const error_code ec =
        run(upload.limit, [&](auto done) { http::async_write_header(stream_, serializer, done); });
    const Sent sent = ec ? Sent{ec, false, {}} : send_body(upload);
    if (sent.file_problem) {
      close();
      return problem(Kind::file_changed, *sent.file_problem);
    }
    if (!sent.whole) return refusal_or(sent.ec);
    HttpResult answer = read_answer(upload.limit);
    // Interrupted or not: the server has all of it and may have acted.
    if (!answer && answer.error().kind == Kind::aborted) answer.error().kind = Kind::answer_lost;
    return answer;
  }

  void abort(std::chrono::milliseconds grace) {
    aborted_ = true;
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t ignored = ::write(abort_fd_, &one, sizeof one);
    net::post(context_, [this, grace] {
      if (awaiting_answer_ && grace.count() > 0) {
        grace_timer_.expires_after(grace);
        grace_timer_.async_wait([this](const error_code& ec) {
          if (!ec) close();
        });
        return;
      }
      resolver_.cancel();
      close();  // not cancel(): an operation between two steps would begin its next one
    });
  }

 private:
  struct Sent {
    error_code ec;
    bool whole = false;
    std::optional<std::string> file_problem;
  };

  // False: the call was aborted, or the server spoke (`socket`, -1 for none) before there was more.
  bool wait_for_input(int fd, int socket) const {
    std::array<pollfd, 3> fds{{{fd, POLLIN, 0}, {abort_fd_, POLLIN, 0}, {socket, POLLIN, 0}}};
    while (::poll(fds.data(), fds.size(), -1) < 0 && errno == EINTR) {
    }
    return fds[1].revents == 0 && fds[2].revents == 0;
  }

  // Stops early when the server speaks early: a refusal, or the end of the connection.
  Sent send_body(const Upload& upload) {
    Sent sent;
    sent.ec = write(upload.before, upload);
    piece_.resize(piece_bytes);
    std::uint64_t out = 0;
    while (!sent.ec && (!upload.size || out < *upload.size)) {
      if (!upload.size && !wait_for_input(upload.fd, stream_.socket().native_handle())) return sent;
      if (!is_idle()) return sent;
      const ssize_t got = read_piece(upload, out);
      if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (got == 0 && !upload.size) break;
      if (got <= 0) {
        sent.file_problem = got < 0 ? std::generic_category().message(errno)
                                    : "it became shorter while it was sent";
        return sent;
      }
      sent.ec = write({piece_.data(), static_cast<std::size_t>(got)}, upload);
      if (sent.ec) break;
      out += static_cast<std::uint64_t>(got);
      if (upload.on_sent) upload.on_sent(out);
    }
    if (!sent.ec) sent.ec = write(upload.after, upload);
    if (!sent.ec && !upload.size) {
      sent.ec = run(upload.limit,
                    [&](auto done) { net::async_write(stream_, http::make_chunk_last(), done); });
    }
    sent.whole = !sent.ec;
    return sent;
  }

  ssize_t read_piece(const Upload& upload, std::uint64_t at) {
    if (!upload.size) return ::read(upload.fd, piece_.data(), piece_.size());
    const auto wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(piece_.size(), *upload.size - at));
    return ::pread(upload.fd, piece_.data(), wanted, static_cast<off_t>(at));
  }

  error_code write(std::string_view bytes, const Upload& upload) {
    const net::const_buffer buffer(bytes.data(), bytes.size());
    return run(upload.limit, [&](auto done) {
      if (upload.size) {
        net::async_write(stream_, buffer, done);
      } else {
        net::async_write(stream_, http::make_chunk(buffer), done);
      }
    });
  }

  // Not all of it went out. The server may have said why before it closed.
  HttpResult refusal_or(const error_code& ec) {
    if (aborted_) {
      close();
      return problem(Kind::aborted, "interrupted");
    }
    HttpResult refusal =
        problem(Kind::not_sent, ec ? ec.message() : "the server closed the connection");
    if (stream_.socket().is_open()) {
      HttpResult answer = read_answer(std::chrono::seconds(5));
      if (answer || answer.error().kind == Kind::aborted || answer.error().kind == Kind::not_http) {
        refusal = std::move(answer);
      }
    }
    close();
    return refusal;
  }

  const ServerAddress& address_;
  const std::string key_;
  net::io_context context_{1};
  net::ip::tcp::resolver resolver_;
  beast::tcp_stream stream_;
  net::steady_timer grace_timer_;
  beast::flat_buffer buffer_;
  std::string piece_;
  std::atomic<bool> aborted_{false};
  bool awaiting_answer_ = false;  // touched only by the thread that runs the context
  const int abort_fd_;            // readable after abort(), for waits that are not Asio's
};

HttpConnection::HttpConnection(ServerAddress address, std::string api_key)
    : address_(std::move(address)), impl_(std::make_unique<Impl>(address_, std::move(api_key))) {}

HttpConnection::~HttpConnection() = default;

HttpResult HttpConnection::get(std::string_view target, std::chrono::seconds limit) {
  return impl_->call(http::verb::get, target, limit);
}

HttpResult HttpConnection::post(std::string_view target, std::chrono::seconds limit,
                                std::string_view body) {
  return impl_->call(http::verb::post, target, limit, body);
}

HttpResult HttpConnection::erase(std::string_view target, std::chrono::seconds limit) {
  return impl_->call(http::verb::delete_, target, limit);
}

HttpResult HttpConnection::upload(std::string_view target, const Upload& upload) {
  return impl_->upload(target, upload);
}

void HttpConnection::abort(std::chrono::milliseconds grace) { impl_->abort(grace); }

}  // namespace transcribed::client
