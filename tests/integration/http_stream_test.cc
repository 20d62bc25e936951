// Answers that are sent piece by piece, and clients that go away while theirs is being made.
#include "tests/integration/api_server_fixture.h"

namespace transcribed::tests {
namespace {

using fakes::RawHttpClient;
using http::ExchangePtr;
using http::Response;
using http::ResponseStream;

std::shared_ptr<const std::string> text(std::string bytes) {
  return std::make_shared<const std::string>(std::move(bytes));
}

// Two routes whose answers the test makes: /waits, for one that takes its time, and /streams.
class HttpStreamTest : public ApiServerTest {
 protected:
  HttpStreamTest() {
    add_routes_ = [this](http::Router& router) {
      router.add(http::Method::get, "/waits", [this](ExchangePtr exchange) {
        exchange->on_disconnect([this] { ++gone_; });
        waiting_ = std::move(exchange);
      });
      router.add(http::Method::post, "/streams",
                 [this](const ExchangePtr& exchange) { open_stream(*exchange); });
      router.add(http::Method::get, "/streams",
                 [this](const ExchangePtr& exchange) { open_stream(*exchange); });
    };
  }
  ~HttpStreamTest() override {
    // Before the server, whose connections they hold.
    if (thread_.joinable()) {
      on_loop([this] {
        waiting_.reset();
        stream_.reset();
      });
    }
  }

  void open_stream(http::Exchange& exchange) {
    Response head;
    head.content_type = "text/event-stream";
    stream_ = exchange.stream(std::move(head));
    stream_->on_closed([this] { ++closed_; });
    stream_->on_drained([this] { ++drained_; });
  }
  void write(const std::string& bytes) {
    on_loop([&] { stream_->write(text(bytes)); });
  }
  void close() {
    on_loop([&] { stream_->close(); });
  }
  bool waits() {
    return eventually([&] { return on_loop([&] { return waiting_ != nullptr; }); });
  }
  bool came_to(int& count, int value) {
    return eventually([&] { return on_loop([&] { return count; }) == value; });
  }
  int now(int& count) {
    return on_loop([&] { return count; });
  }
  void stop(std::chrono::milliseconds grace) {
    boost::asio::post(loop_,
                      [this, grace] { server_->stop(grace, [this] { stopped_.set_value(); }); });
  }
  bool stopped() {
    return stopped_.get_future().wait_for(std::chrono::seconds(30)) == std::future_status::ready;
  }

  ExchangePtr waiting_;
  std::shared_ptr<ResponseStream> stream_;
  int gone_ = 0;
  int closed_ = 0;
  int drained_ = 0;
  std::promise<void> stopped_;
};

const std::string get_waits = "GET /waits HTTP/1.1\r\nHost: localhost\r\n\r\n";
const std::string get_streams = "GET /streams HTTP/1.1\r\nHost: localhost\r\n\r\n";
const std::string get_health = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";

TEST_F(HttpStreamTest, AClientThatGoesWhileItsAnswerIsMadeIsNoticed) {
  start();
  {
    RawHttpClient client(port_);
    client.send(get_waits);
    ASSERT_TRUE(waits());
    EXPECT_EQ(now(gone_), 0);
  }
  EXPECT_TRUE(came_to(gone_, 1));
  // The answer that comes too late is nobody's.
  on_loop([&] { waiting_->respond({}); });
  EXPECT_EQ(on_loop([&] { return server_->connections(); }), 0U);
  EXPECT_EQ(now(gone_), 1);
}

TEST_F(HttpStreamTest, AClientThatIsAnsweredHasNotGone) {
  start();
  {
    RawHttpClient client(port_);
    client.send(get_waits);
    ASSERT_TRUE(waits());
    on_loop([&] { std::exchange(waiting_, nullptr)->respond({}); });
    EXPECT_EQ(client.read_response().status, 200);
    EXPECT_EQ(client.request("GET", "/healthz").status, 200);
  }
  EXPECT_TRUE(eventually([&] { return on_loop([&] { return server_->connections(); }) == 0; }));
  EXPECT_EQ(now(gone_), 0);
}

TEST_F(HttpStreamTest, RequestsSentAheadOfAnAnswerThatTakesItsTimeAreNotLost) {
  start();
  RawHttpClient client(port_);
  client.send(get_waits);
  ASSERT_TRUE(waits());
  // More than is read ahead, and in pieces.
  constexpr int ahead = 600;
  for (int i = 0; i < ahead; ++i) ASSERT_TRUE(client.send(get_health));
  on_loop([&] { std::exchange(waiting_, nullptr)->respond({}); });
  EXPECT_EQ(client.read_response().body, "");
  for (int i = 0; i < ahead; ++i) EXPECT_NE(client.read_response().body, "") << i;
  EXPECT_EQ(now(gone_), 0);
}

TEST_F(HttpStreamTest, AHandlerThatGivesUpIsNotAClientThatGoes) {
  start();
  RawHttpClient client(port_);
  client.send(get_waits);
  ASSERT_TRUE(waits());
  on_loop([&] { waiting_.reset(); });
  EXPECT_TRUE(client.closed_by_server());
  EXPECT_EQ(now(gone_), 0);
}

TEST_F(HttpStreamTest, AStreamIsChunkedAndItsConnectionGoesOn) {
  start();
  RawHttpClient client(port_);
  client.send(get_streams);
  const auto head = client.read_head();
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers.at("transfer-encoding"), "chunked");
  EXPECT_EQ(head.headers.at("content-type"), "text/event-stream");
  EXPECT_FALSE(head.headers.contains("content-length"));
  write("one");
  EXPECT_EQ(client.read_chunk(), "one");
  write(std::string(70'000, 'x'));
  EXPECT_EQ(client.read_chunk(), std::string(70'000, 'x'));
  write("");
  close();
  EXPECT_EQ(client.read_chunk(), "");
  EXPECT_EQ(client.request("GET", "/healthz").status, 200);
  write("too late");
  EXPECT_EQ(client.request("GET", "/healthz").status, 200);
  EXPECT_EQ(now(closed_), 0) << "its owner closed it";
}

TEST_F(HttpStreamTest, ARequestSentAheadOfAStreamWaitsForItsEnd) {
  start();
  RawHttpClient client(port_);
  client.send(get_streams + get_health);
  EXPECT_EQ(client.read_head().status, 200);
  write("one");
  client.send(get_health);
  EXPECT_EQ(client.read_chunk(), "one");
  close();
  EXPECT_EQ(client.read_chunk(), "");
  EXPECT_EQ(client.read_response().status, 200);
  EXPECT_EQ(client.read_response().status, 200);
}

TEST_F(HttpStreamTest, ForHttp10TheEndOfTheConnectionIsTheEndOfTheStream) {
  start();
  RawHttpClient client(port_);
  client.send("GET /streams HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const auto head = client.read_head();
  EXPECT_FALSE(head.headers.contains("transfer-encoding"));
  EXPECT_EQ(head.headers.at("connection"), "close");
  write("one");
  write("two");
  close();
  EXPECT_EQ(client.read_to_end(), "onetwo");
}

TEST_F(HttpStreamTest, HeadGetsTheHeadAlone) {
  start();
  RawHttpClient client(port_);
  EXPECT_EQ(client.request("HEAD", "/streams").headers.at("transfer-encoding"), "chunked");
  EXPECT_TRUE(came_to(closed_, 1));
  write("nobody asked for this");
  close();
  EXPECT_EQ(client.request("GET", "/healthz").status, 200);
}

TEST_F(HttpStreamTest, ABodyNobodyReadEndsTheConnectionAfterTheStream) {
  start();
  RawHttpClient client(port_);
  client.send("POST /streams HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n12345");
  EXPECT_EQ(client.read_head().headers.at("connection"), "close");
  write("one");
  close();
  EXPECT_EQ(client.read_chunk(), "one");
  EXPECT_EQ(client.read_chunk(), "");
  EXPECT_TRUE(client.closed_by_server());
}

TEST_F(HttpStreamTest, AReaderThatGoesIsNoticedThoughNothingIsWritten) {
  start();
  {
    RawHttpClient client(port_);
    client.send(get_streams);
    EXPECT_EQ(client.read_head().status, 200);
  }
  EXPECT_TRUE(came_to(closed_, 1));
  write("nobody");
  EXPECT_EQ(on_loop([&] { return stream_->pending_bytes(); }), 0U);
}

TEST_F(HttpStreamTest, AStreamThatIsDroppedIsCutShort) {
  start();
  RawHttpClient client(port_);
  client.send(get_streams);
  EXPECT_EQ(client.read_head().status, 200);
  write("one");
  EXPECT_EQ(client.read_chunk(), "one");
  on_loop([&] { stream_.reset(); });
  EXPECT_THROW(client.read_chunk(), std::runtime_error);
}

TEST_F(HttpStreamTest, WhatASlowReaderHasNotTakenIsPendingAndGoesOutInOrder) {
  start();
  RawHttpClient client(port_, 4096);
  client.send(get_streams);
  EXPECT_EQ(client.read_head().status, 200);
  std::string expected;
  // Each shared by nobody else, and in the end more than the kernel takes.
  for (int i = 0; i < 1000; ++i) {
    const auto piece = std::to_string(i) + std::string(20'000, static_cast<char>('a' + i % 26));
    write(piece);
    expected += piece;
  }
  EXPECT_GT(on_loop([&] { return stream_->pending_bytes(); }), 1'000'000U);
  EXPECT_EQ(now(drained_), 0);
  std::string got;
  while (got.size() < expected.size()) got += client.read_chunk();
  EXPECT_EQ(got, expected);
  EXPECT_TRUE(came_to(drained_, 1));
  EXPECT_EQ(on_loop([&] { return stream_->pending_bytes(); }), 0U);
  close();
  EXPECT_EQ(client.read_chunk(), "");
}

TEST_F(HttpStreamTest, AStreamThatIsClosedIsSentToItsEndThoughItsOwnerHasDroppedIt) {
  start();
  RawHttpClient client(port_, 4096);
  client.send(get_streams);
  EXPECT_EQ(client.read_head().status, 200);
  const std::string piece(8'000'000, 'x');
  on_loop([&] {
    stream_->write(text(piece));
    stream_->close();
    stream_.reset();
  });
  EXPECT_EQ(client.read_chunk(), piece);
  EXPECT_EQ(client.read_chunk(), "");
  EXPECT_EQ(client.request("GET", "/healthz").status, 200);
}

TEST_F(HttpStreamTest, AReaderThatTakesNothingIsCut) {
  options_.limits.write_time = std::chrono::milliseconds(100);
  start();
  RawHttpClient client(port_, 4096);
  client.send(get_streams);
  EXPECT_EQ(client.read_head().status, 200);
  write("one");
  EXPECT_EQ(client.read_chunk(), "one");
  write(std::string(16'000'000, 'x'));
  EXPECT_TRUE(came_to(closed_, 1));
  EXPECT_EQ(on_loop([&] { return server_->connections(); }), 0U);
}

TEST_F(HttpStreamTest, StreamsThatAreCountedApartLeaveRoomForRequests) {
  options_.limits.connections = 2;
  start();
  std::vector<std::unique_ptr<RawHttpClient>> readers;
  std::vector<std::shared_ptr<ResponseStream>> streams;
  for (int i = 0; i < 10; ++i) {
    readers.push_back(std::make_unique<RawHttpClient>(port_));
    readers.back()->send(get_streams);
    EXPECT_EQ(readers.back()->read_head().status, 200);
    on_loop([&] {
      stream_->count_apart();
      streams.push_back(std::move(stream_));
    });
  }
  EXPECT_EQ(on_loop([&] { return server_->connections(); }), 10U);
  EXPECT_EQ(request("GET", "/healthz").status, 200);
  on_loop([&] {
    for (auto& stream : streams) stream->close();
    streams.clear();
  });
  for (auto& reader : readers) {
    EXPECT_EQ(reader->read_chunk(), "");
    EXPECT_TRUE(reader->closed_by_server());
  }
  readers.clear();
  EXPECT_TRUE(eventually([&] { return on_loop([&] { return server_->connections(); }) == 0; }));
}

TEST_F(HttpStreamTest, StopWaitsForAStreamToEndAndNoLongerThanItsGrace) {
  start();
  RawHttpClient ending(port_);
  ending.send(get_streams);
  EXPECT_EQ(ending.read_head().status, 200);
  const auto first = on_loop([&] { return std::move(stream_); });
  RawHttpClient endless(port_);
  endless.send(get_streams);
  EXPECT_EQ(endless.read_head().status, 200);
  stop(std::chrono::milliseconds(200));
  on_loop([&] {
    first->write(text("the last"));
    first->close();
  });
  EXPECT_EQ(ending.read_chunk(), "the last");
  EXPECT_EQ(ending.read_chunk(), "");
  EXPECT_TRUE(stopped());
  EXPECT_THROW(endless.read_chunk(), std::runtime_error);
  EXPECT_EQ(now(closed_), 1);
}

TEST_F(HttpStreamTest, AServerThatStopsIsNotAClientThatGoes) {
  start();
  RawHttpClient client(port_);
  client.send(get_waits);
  ASSERT_TRUE(waits());
  stop(std::chrono::milliseconds(10));
  EXPECT_TRUE(stopped());
  EXPECT_TRUE(client.closed_by_server());
  EXPECT_EQ(now(gone_), 0);
}

}  // namespace
}  // namespace transcribed::tests
