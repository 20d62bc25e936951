// What the server does with requests of every kind, whatever the route.
#include "tests/integration/api_server_fixture.h"

#include <gmock/gmock.h>

namespace transcribed::tests {
namespace {

using fakes::RawHttpClient;
class HttpServerTest : public ApiServerTest {};

TEST_F(HttpServerTest, TellsWhereItListens) {
  start();
  EXPECT_NE(port_, 0);
  EXPECT_EQ(where_, "127.0.0.1:" + std::to_string(port_));
}

TEST_F(HttpServerTest, AnAddressInUseIsASentence) {
  start();
  auto options = options_;
  options.listen_port = port_;
  http::ApiServer second(loop_, options, *jobs_);
  const auto result = second.start();
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().find("127.0.0.1:" + std::to_string(port_)), std::string::npos);
}

TEST_F(HttpServerTest, HealthAndReadiness) {
  jobs_->ready = {false, "No GPU has room for any job."};
  start();
  const auto health = request("GET", "/healthz");
  EXPECT_EQ(health.status, 200);
  EXPECT_EQ(health.json().at("status").as_string(), "ok");
  const auto unready = request("GET", "/readyz");
  EXPECT_EQ(unready.status, 503);
  EXPECT_EQ(unready.json().at("message").as_string(), "No GPU has room for any job.");
  on_loop([&] { jobs_->ready = {true, "ready"}; });
  EXPECT_EQ(request("GET", "/readyz").status, 200);
}

TEST_F(HttpServerTest, ResourcesAndModels) {
  jobs_->resources.system_ram_mb = 32768;
  start();
  const auto resources = request("GET", "/api/resources");
  EXPECT_EQ(resources.status, 200);
  EXPECT_EQ(resources.headers.at("content-type"), "application/json");
  EXPECT_TRUE(resources.headers.contains("date"));
  EXPECT_EQ(resources.json().at("system_ram_mb").as_int64(), 32768);
  const auto models = request("GET", "/api/models").json().at("models").as_array();
  EXPECT_EQ(models.at(0).at("name").as_string(), "medium");
}

TEST_F(HttpServerTest, UnknownPathAndMethod) {
  start();
  const auto missing = request("GET", "/nothing");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(missing.error("code"), "not_found");
  const auto wrong = request("PUT", "/api/resources");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.headers.at("allow"), "GET, HEAD");
  EXPECT_EQ(request("BREW", "/api/resources").status, 405);
}

TEST_F(HttpServerTest, HeadIsGetWithoutTheBody) {
  start();
  RawHttpClient client(port_);
  const auto get = client.request("GET", "/healthz");
  const auto head = client.request("HEAD", "/healthz");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers.at("content-length"), get.headers.at("content-length"));
  EXPECT_EQ(client.request("GET", "/healthz").body, get.body);  // nothing of a body lay between
}

TEST_F(HttpServerTest, ConnectionsAreKeptAndPipelined) {
  start();
  RawHttpClient client(port_);
  std::string many;
  for (int i = 0; i < 200; ++i) {
    many += i % 2 == 0 ? "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
                       : "GET /api/jobs/none HTTP/1.1\r\nHost: localhost\r\n\r\n";
  }
  ASSERT_TRUE(client.send(many));
  for (int i = 0; i < 200; ++i) EXPECT_EQ(client.read_response().status, i % 2 == 0 ? 200 : 404);
  EXPECT_EQ(client.request("GET", "/healthz").status, 200);
}

TEST_F(HttpServerTest, PipelinedRequestsWaitForTheAnswerBeforeThem) {
  start();
  const auto id = on_loop([&] { return jobs_->add(core::JobState::queued); }).to_string();
  RawHttpClient client(port_);
  ASSERT_TRUE(client.send("POST /api/jobs/" + id +
                          "/cancel HTTP/1.1\r\nHost: localhost\r\n"
                          "Content-Length: 2\r\n\r\n{}GET /api/jobs/" +
                          id + " HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  EXPECT_EQ(client.read_response().json().at("state").as_string(), "cancelled");
  EXPECT_EQ(client.read_response().json().at("state").as_string(), "cancelled");
}

TEST_F(HttpServerTest, CloseIsClosedAndHttp10IsUnderstood) {
  start();
  RawHttpClient client(port_);
  const auto last = client.request("GET", "/healthz", "Connection: close\r\n");
  EXPECT_EQ(last.headers.at("connection"), "close");
  EXPECT_TRUE(client.closed_by_server());
  RawHttpClient old(port_);
  old.send("GET /healthz HTTP/1.0\r\n\r\n");
  EXPECT_EQ(old.read_response().status, 200);
  EXPECT_TRUE(old.closed_by_server());
  RawHttpClient kept(port_);
  kept.send("GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(kept.read_response().headers.at("connection"), "keep-alive");
  EXPECT_EQ(kept.request("GET", "/healthz").status, 200);
}

TEST_F(HttpServerTest, TheWholeAddressMayStandInTheRequestLine) {
  start();
  RawHttpClient client(port_);
  client.send("GET http://localhost/healthz HTTP/1.1\r\nHost: ignored.example\r\n\r\n");
  EXPECT_EQ(client.read_response().status, 200);
  client.send("GET http://evil.example/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(client.read_response().status, 403);
  client.send("OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(client.read_response().status, 400);
}

TEST_F(HttpServerTest, HostAndOriginAreChecked) {
  start();
  RawHttpClient client(port_);
  client.send("GET /healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n");
  const auto refused = client.read_response();
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.error("code"), "host_not_allowed");
  EXPECT_EQ(client.request("POST", "/api/jobs", "Origin: http://evil.example\r\n").status, 403);
  client.send("GET /healthz HTTP/1.1\r\n\r\n");
  EXPECT_EQ(client.read_response().status, 400);
  client.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(client.read_response().status, 400);
}

TEST_F(HttpServerTest, WithAKeyOnlyHealthIsOpen) {
  options_.keys = std::make_shared<http::KeyRing>("secret", "");
  start();
  const auto refused = request("GET", "/api/resources");
  EXPECT_EQ(refused.status, 401);
  EXPECT_TRUE(refused.headers.contains("www-authenticate"));
  EXPECT_EQ(request("GET", "/nothing").status, 401);
  EXPECT_EQ(request("GET", "/api/resources", "Authorization: Bearer wrong\r\n").status, 401);
  EXPECT_EQ(request("GET", "/api/resources", "Authorization: Bearer secret\r\n").status, 200);
  EXPECT_EQ(request("GET", "/healthz").status, 200);
  EXPECT_EQ(request("GET", "/readyz").status, 200);
}

TEST_F(HttpServerTest, WhatIsNoHttpIs400) {
  start();
  for (const std::string text : {"nonsense\r\n\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n",
                                 "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
                                 "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
                                 "Transfer-Encoding: chunked\r\n\r\n",
                                 "\x16\x03\x01\x02\x01\x01\r\n\r\n"}) {
    RawHttpClient client(port_);
    client.send(text);
    EXPECT_EQ(client.read_response().status, 400) << text;
    EXPECT_TRUE(client.closed_by_server());
  }
  RawHttpClient newer(port_);
  newer.send("GET / HTTP/2.0\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(newer.read_response().status, 505);
  RawHttpClient packed(port_);
  packed.send("POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\nxx");
  EXPECT_EQ(packed.read_response().status, 501);
  EXPECT_TRUE(packed.closed_by_server());
}

TEST_F(HttpServerTest, AHandlerThatThrowsIs500AndTheServerGoesOn) {
  jobs_->on_status = [] { throw std::runtime_error("a test's own"); };
  start();
  RawHttpClient client(port_);
  EXPECT_EQ(client.request("GET", "/api/resources").status, 500);
  EXPECT_EQ(client.request("GET", "/healthz").status, 200);
}

TEST_F(HttpServerTest, StopLetsWhatBeganBeAnsweredAndClosesTheRest) {
  write_file(folder_ / "in/a.wav", "sound");
  options_.storage.allowed_paths = {folder_ / "in"};
  start();
  on_loop([&] { jobs_->hold_submits = true; });
  RawHttpClient idle(port_);
  EXPECT_EQ(idle.request("GET", "/healthz").status, 200);
  RawHttpClient busy(port_);
  const std::string body = R"({"path":")" + (folder_ / "in/a.wav").string() + "\"}";
  busy.send(
      "POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      "Content-Length: " +
      std::to_string(body.size()) + "\r\n\r\n" + body);
  ASSERT_TRUE(eventually([&] { return on_loop([&] { return jobs_->submissions.size(); }) == 1; }));

  std::promise<void> stopped;
  boost::asio::post(loop_,
                    [&] { server_->stop(std::chrono::seconds(30), [&] { stopped.set_value(); }); });
  EXPECT_TRUE(idle.closed_by_server());
  EXPECT_THROW(RawHttpClient(port_).request("GET", "/healthz"), std::runtime_error);
  on_loop([&] { jobs_->release_submits(); });
  const auto answer = busy.read_response();
  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(answer.headers.at("connection"), "close");
  EXPECT_TRUE(busy.closed_by_server());
  busy.end_sending();
  EXPECT_EQ(stopped.get_future().wait_for(std::chrono::seconds(30)), std::future_status::ready);
}

TEST_F(HttpServerTest, StopDoesNotWaitLongerThanItsGrace) {
  write_file(folder_ / "in/a.wav", "sound");
  options_.storage.allowed_paths = {folder_ / "in"};
  start();
  on_loop([&] { jobs_->hold_submits = true; });
  RawHttpClient busy(port_);
  const std::string body = R"({"path":")" + (folder_ / "in/a.wav").string() + "\"}";
  busy.send(
      "POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      "Content-Length: " +
      std::to_string(body.size()) + "\r\n\r\n" + body);
  ASSERT_TRUE(eventually([&] { return on_loop([&] { return jobs_->submissions.size(); }) == 1; }));
  std::promise<void> stopped;
  boost::asio::post(
      loop_, [&] { server_->stop(std::chrono::milliseconds(50), [&] { stopped.set_value(); }); });
  EXPECT_EQ(stopped.get_future().wait_for(std::chrono::seconds(30)), std::future_status::ready);
  EXPECT_TRUE(busy.closed_by_server());
}

}  // namespace
}  // namespace transcribed::tests
