// Webhooks delivered, and the protocol with the fetcher itself.
#include "tests/fakes/raw_http_server.h"
#include "tests/integration/fetcher_fixture.h"

namespace transcribed::tests {
namespace {

using namespace std::chrono_literals;
using fakes::RawHttpServer;
using fakes::ScriptedHttpServer;
using fakes::ScriptedRequest;
using testing::HasSubstr;
using testing::IsEmpty;
using Connection = RawHttpServer::Connection;

class FetcherDelivery : public FetcherTest {};

TEST_F(FetcherDelivery, SendsTheBodyAndItsHeadersAsTheyAre) {
  std::vector<ScriptedRequest> seen;
  ScriptedHttpServer server([&](const ScriptedRequest& request) {
    seen.push_back(request);
    return answer(202, "thank you");
  });
  Post request = post(server.url() + "/hook?x=1", "{\"text\":\"line\\n\xc3\xa9\"}");
  request.headers = {{"Content-Type", "application/json"},
                     {"webhook-id", "evt_1"},
                     {"webhook-signature", "v1,abc= v1,def="},
                     {"X-Empty", ""}};
  EXPECT_EQ(as<Posted>(answer_to(request)), (Posted{"one", 202, {}}));
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].method, "POST");
  EXPECT_EQ(seen[0].target, "/hook?x=1");
  EXPECT_EQ(seen[0].body, request.body);
  EXPECT_EQ(seen[0].headers.at("content-type"), "application/json");
  EXPECT_EQ(seen[0].headers.at("webhook-id"), "evt_1");
  EXPECT_EQ(seen[0].headers.at("webhook-signature"), "v1,abc= v1,def=");
  EXPECT_EQ(seen[0].headers.at("x-empty"), "");
}

TEST_F(FetcherDelivery, ALargeBodyIsSentWithoutAskingFirst) {
  std::size_t bytes = 0;
  bool asked = false;
  ScriptedHttpServer server([&](const ScriptedRequest& request) {
    bytes = request.body.size();
    asked = request.headers.contains("expect");
    return answer(200);
  });
  EXPECT_EQ(as<Posted>(answer_to(post(server.url(), std::string(1'040'000, 'x')))).status, 200);
  EXPECT_EQ(bytes, 1'040'000U);
  EXPECT_FALSE(asked);
}

TEST_F(FetcherDelivery, TheStatusIsTheResultWhateverItIs) {
  int status = 0;
  ScriptedHttpServer server([&](const ScriptedRequest&) {
    return answer(status, "", {{"Location", "http://127.0.0.1:1/"}});
  });
  for (const int one : {200, 299, 301, 302, 307, 400, 401, 404, 410, 500, 503}) {
    status = one;
    EXPECT_EQ(as<Posted>(answer_to(post(server.url()))).status, one) << "redirects included";
  }
}

TEST_F(FetcherDelivery, RetryAfterIsHandedOn) {
  std::string wait;
  ScriptedHttpServer server([&](const ScriptedRequest&) {
    return answer(503, "", {{"Retry-After", wait}});
  });
  const auto told = [&](const char* text) {
    wait = text;
    return as<Posted>(answer_to(post(server.url()))).retry_after_s;
  };
  EXPECT_EQ(told("120"), 120);
  EXPECT_EQ(told("0"), std::nullopt);
  EXPECT_EQ(told("soon"), std::nullopt);
  EXPECT_EQ(told("Fri, 31 Dec 1999 23:59:59 GMT"), std::nullopt) << "long ago";
  EXPECT_GT(told("Fri, 31 Dec 2100 23:59:59 GMT").value_or(0), 1'000'000'000);
}

TEST_F(FetcherDelivery, AnAnswerWithoutEndIsReadOnlySoFar) {
  RawHttpServer server([](const Connection& connection) {
    connection.read_head();
    connection.send("HTTP/1.1 200 OK\r\n\r\n");
    while (connection.send("thank you, ")) {
    }
  });
  EXPECT_EQ(as<Posted>(answer_to(post(server.url()))).status, 200);
}

TEST_F(FetcherDelivery, AnEndpointThatDoesNotAnswerIsLeft) {
  RawHttpServer server([](const Connection& connection) { connection.stall(); });
  Post request = post(server.url());
  request.timeout = 100ms;
  const Failed failed = as<Failed>(answer_to(request));
  EXPECT_EQ(failed.kind, Kind::timeout);
  EXPECT_THAT(failed.message, HasSubstr("did not answer within 0.1 s"));
}

TEST_F(FetcherDelivery, AnEndpointThatStopsAfterItsStatusHasAnswered) {
  RawHttpServer server([](const Connection& connection) {
    connection.read_head();
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n");
    connection.stall();
  });
  Post request = post(server.url());
  // Long enough for the status to come first, on a busy machine too.
  request.timeout = 1s;
  EXPECT_EQ(as<Posted>(answer_to(request)).status, 200);
}

TEST_F(FetcherDelivery, NobodyThereIsSaid) {
  ScriptedHttpServer server([&](const ScriptedRequest&) { return answer(200); });
  server.go_away();
  EXPECT_EQ(as<Failed>(answer_to(post(server.url()))).kind, Kind::unreachable);
}

TEST_F(FetcherDelivery, AHeaderThatWouldBeTwoIsNotSent) {
  ScriptedHttpServer server([&](const ScriptedRequest&) { return answer(200); });
  for (const auto& [name, value] :
       std::map<std::string, std::string>{{"X-A", "1\r\nHost: elsewhere"},
                                          {"X-B: 1\r\nX", "2"},
                                          {"", "x"},
                                          {"X C", "x"},
                                          {"X-D", "\x01"}}) {
    Post request = post(server.url());
    request.headers = {{name, value}};
    const Failed failed = as<Failed>(answer_to(request));
    EXPECT_EQ(failed.kind, Kind::internal);
    EXPECT_THAT(failed.message, HasSubstr("cannot be sent"));
  }
}

class FetcherProtocol : public FetcherTest {
 protected:
  ScriptedHttpServer server_{[](const ScriptedRequest&) { return answer(200, "x"); }};
};

TEST_F(FetcherProtocol, GarbageIsIgnored) {
  process().send_raw("garbage\n\n{\"type\":\"dance\"}\n[1]\n\xff\xfe\n");
  process().send_raw(std::string(wire::fetcher::max_line_bytes + 10, 'x') + "\n");
  process().send_raw("{\"type\":\"fetch\"}\n");
  EXPECT_EQ(fetched(fetch(server_.url())).bytes, 1);
}

TEST_F(FetcherProtocol, ABadRequestWithAnIdGetsItsEnd) {
  process().send_raw("{\"type\":\"fetch\",\"id\":\"f\",\"url\":\"http://127.0.0.1/\"}\n");
  const Failed failed = as<Failed>(next_end());
  EXPECT_EQ(failed.id, "f");
  EXPECT_EQ(failed.kind, Kind::internal);
  EXPECT_THAT(failed.message, HasSubstr("\"file\""));
}

TEST_F(FetcherProtocol, ASecondRequestWithTheSameIdIsIgnored) {
  RawHttpServer slow([](const Connection& connection) { connection.stall(); });
  send(fetch(slow.url()));
  send(fetch(server_.url()));
  process().send_raw("{\"type\":\"fetch\",\"id\":\"one\"}\n");
  EXPECT_EQ(fetched(fetch(server_.url(), "two")).id, "two");
  send(wire::fetcher::Cancel{"one"});
  EXPECT_EQ(as<Failed>(next_end()).kind, Kind::cancelled);
  EXPECT_EQ(fetched(fetch(server_.url())).id, "one") << "free again";
}

TEST_F(FetcherProtocol, ARequestMayArriveInPieces) {
  const std::string line = wire::fetcher::to_line(wire::fetcher::ToFetcher(fetch(server_.url())));
  for (const char byte : line) process().send_raw(std::string(1, byte));
  EXPECT_EQ(as<Fetched>(next_end()).bytes, 1);
}

class FetcherEnd : public FetcherTest {
 protected:
  // Two on their way.
  void begin() {
    send(fetch(slow_.url()));
    send(post_as("two"));
    EXPECT_EQ(as<Progress>(next()).bytes, 9);
  }
  void expect_all_cancelled() {
    const auto all = ends(2);
    EXPECT_EQ(as<Failed>(all.at("one")).kind, Kind::cancelled);
    EXPECT_EQ(as<Failed>(all.at("two")).kind, Kind::cancelled);
    EXPECT_THAT(entries(), IsEmpty());
    expect_clean_end();
  }

 private:
  Post post_as(std::string id) {
    Post request = post(silent_.url());
    request.id = std::move(id);
    return request;
  }
  RawHttpServer slow_{[](const Connection& connection) {
    connection.read_head();
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
    connection.stall();
  }};
  RawHttpServer silent_{[](const Connection& connection) { connection.stall(); }};
};

TEST_F(FetcherEnd, TheEndOfItsInputEndsItAndAllItDoes) {
  begin();
  process().close_input();
  expect_all_cancelled();
}

TEST_F(FetcherEnd, AShutdownEndsItAndAllItDoes) {
  begin();
  send(wire::fetcher::Shutdown{});
  expect_all_cancelled();
}

TEST_F(FetcherEnd, NobodyWhoReadsEndsIt) {
  begin();
  process().close_output();
  send(wire::fetcher::Cancel{"one"});
  expect_clean_end();
  EXPECT_THAT(entries(), IsEmpty());
}

TEST_F(FetcherEnd, ANetworkThatIsNoneIsSaidAtTheStart) {
  start({"--allow-network", "lan"});
  EXPECT_NE(process().wait(), 0);
}

}  // namespace
}  // namespace transcribed::tests
