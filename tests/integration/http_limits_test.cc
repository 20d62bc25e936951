// Clients that are too slow, too many or too long-winded.
#include "tests/integration/api_server_fixture.h"

namespace transcribed::tests {
namespace {

using fakes::RawHttpClient;
using std::chrono::milliseconds;

class HttpLimitsTest : public ApiServerTest {};

TEST_F(HttpLimitsTest, HeadersThatAreTooLongAre431) {
  start();
  RawHttpClient one_line(port_);
  one_line.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(20'000, 'x'));
  EXPECT_EQ(one_line.read_response().status, 431);
  EXPECT_TRUE(one_line.closed_by_server());

  RawHttpClient many_lines(port_);
  std::string bomb = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n";
  for (int i = 0; i < 3000; ++i) bomb += "X-" + std::to_string(i) + ": y\r\n";
  many_lines.send(bomb + "\r\n");
  EXPECT_EQ(many_lines.read_response().status, 431);

  RawHttpClient target(port_);
  target.send("GET /" + std::string(20'000, 'a') + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(target.read_response().status, 431);

  RawHttpClient fitting(port_);
  EXPECT_EQ(fitting.request("GET", "/healthz", "X: " + std::string(12'000, 'x') + "\r\n").status,
            200);
}

TEST_F(HttpLimitsTest, SlowHeadersAreCut) {
  options_.limits.header_time = milliseconds(100);
  start();
  RawHttpClient silent(port_);
  EXPECT_TRUE(silent.closed_by_server());
  // A byte now and then does not help: the limit is on the whole.
  RawHttpClient slow(port_);
  const std::string text = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n";
  const auto begun = std::chrono::steady_clock::now();
  std::size_t sent = 0;
  while (slow.send(text.substr(sent++ % text.size(), 1)) &&
         std::chrono::steady_clock::now() - begun < std::chrono::seconds(20)) {
    std::this_thread::sleep_for(milliseconds(5));  // this is the client's slowness, not a wait
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(20));
}

TEST_F(HttpLimitsTest, IdleConnectionsAreClosed) {
  // Long enough for a client whose turn comes late to ask before it is over.
  options_.limits.idle_time = milliseconds(1000);
  start();
  RawHttpClient client(port_);
  EXPECT_EQ(client.request("GET", "/healthz").status, 200);
  EXPECT_TRUE(client.closed_by_server());
}

TEST_F(HttpLimitsTest, ABodyThatStopsComingIsCutAndLeavesNoFile) {
  options_.limits.body_progress_time = milliseconds(100);
  start();
  RawHttpClient client(port_);
  const auto body = form_part("file", std::string(400'000, 'x'), "a.mp3") + form_end;
  client.send("POST /api/jobs HTTP/1.1\r\nHost: localhost\r\n" + form_type +
              "Content-Length: " + std::to_string(body.size() + 10) + "\r\n\r\n" + body);
  EXPECT_EQ(client.read_response().status, 408);
  EXPECT_TRUE(client.closed_by_server());
  EXPECT_TRUE(eventually([&] { return uploads().empty(); }));
}

TEST_F(HttpLimitsTest, ASlowBodyThatGoesOnComingIsTaken) {
  // Long enough for a client whose turn comes late not to have stopped sending.
  options_.limits.body_progress_time = milliseconds(2000);
  options_.limits.body_progress_bytes = 100;
  start();
  RawHttpClient client(port_);
  const auto body = form_part("file", std::string(1'500, 'x'), "a.mp3") + form_end;
  client.send("POST /api/jobs HTTP/1.1\r\nHost: localhost\r\n" + form_type +
              "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n");
  const auto begun = std::chrono::steady_clock::now();
  for (std::size_t at = 0; at < body.size(); at += 100) {
    ASSERT_TRUE(client.send(body.substr(at, 100)));
    std::this_thread::sleep_for(milliseconds(150));  // this is the client's slowness, not a wait
  }
  EXPECT_EQ(client.read_response().status, 201);
  // In all it took longer than the limit, which is on progress only.
  EXPECT_GT(std::chrono::steady_clock::now() - begun, options_.limits.body_progress_time);
}

TEST_F(HttpLimitsTest, AClientThatDoesNotReadIsCut) {
  options_.limits.write_time = milliseconds(100);
  start();
  const auto id = on_loop([&] {
    const auto made = jobs_->add(core::JobState::completed);
    core::Segment segment;
    segment.text = std::string(32 * 1024 * 1024, 'x');
    jobs_->transcripts[made].segments.push_back(std::move(segment));
    return made;
  });
  RawHttpClient client(port_);
  EXPECT_EQ(client.request("GET", "/healthz").status, 200);
  client.send("GET /api/jobs/" + id.to_string() +
              "/transcript?format=txt HTTP/1.1\r\nHost: localhost\r\n\r\n");
  // Reading begins only once the server has given up.
  ASSERT_TRUE(eventually([&] { return on_loop([&] { return server_->connections(); }) == 0; }));
  EXPECT_THROW(client.read_response(), std::runtime_error);
}

TEST_F(HttpLimitsTest, IdleConnectionsMakeRoomForNewOnes) {
  options_.limits.connections = 3;
  start();
  std::vector<std::unique_ptr<RawHttpClient>> clients;
  for (int i = 0; i < 6; ++i) {
    clients.push_back(std::make_unique<RawHttpClient>(port_));
    EXPECT_EQ(clients.back()->request("GET", "/healthz").status, 200);
  }
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(clients[static_cast<std::size_t>(i)]->closed_by_server());
  EXPECT_EQ(clients.back()->request("GET", "/healthz").status, 200);
}

TEST_F(HttpLimitsTest, WhenAllConnectionsAreBusyTheNextIsTold503) {
  options_.limits.connections = 2;
  start();
  std::vector<std::unique_ptr<RawHttpClient>> busy;
  for (int i = 0; i < 2; ++i) {
    busy.push_back(std::make_unique<RawHttpClient>(port_));
    busy.back()->send("POST /api/jobs HTTP/1.1\r\nHost: localhost\r\n" + form_type +
                      "Content-Length: 1000\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_EQ(busy.back()->read_response().status, 100);
  }
  RawHttpClient third(port_);
  third.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const auto answer = third.read_response();
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.error("code"), "too_many_connections");
  EXPECT_EQ(answer.headers.at("connection"), "close");
  busy.pop_back();
  EXPECT_TRUE(eventually([&] {
    try {
      return request("GET", "/healthz").status == 200;
    } catch (const std::runtime_error&) {
      return false;
    }
  }));
}

TEST_F(HttpLimitsTest, ManyConnectionsAtOnce) {
  start();
  std::vector<std::unique_ptr<RawHttpClient>> clients;
  for (int i = 0; i < 300; ++i) clients.push_back(std::make_unique<RawHttpClient>(port_));
  for (int round = 0; round < 3; ++round) {
    for (auto& client : clients) {
      client->send("GET /api/resources HTTP/1.1\r\nHost: localhost\r\n\r\n");
    }
    for (auto& client : clients) EXPECT_EQ(client->read_response().status, 200);
  }
}

}  // namespace
}  // namespace transcribed::tests
