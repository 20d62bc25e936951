// /api/history, and the transcripts that people correct.
#include "http/history_api.h"

#include <deque>

#include "tests/integration/api_server_fixture.h"

namespace transcribed::tests {
namespace {

class HttpHistoryTest : public ApiServerTest {};

TEST_F(HttpHistoryTest, TellsTheSamplesOldestFirst) {
  scheduler::UsageSample first;
  scheduler::UsageSample second;
  second.at = first.at + std::chrono::seconds(10);
  second.pending_jobs = 7;
  second.audio_seconds = 12.25;
  start();
  // Before anybody asks; the router is only read from then on.
  on_loop([&] {
    http::add_history_api(server_->router(), [=] { return std::vector{first, second}; });
  });
  const auto body = request("GET", "/api/history").json();
  EXPECT_EQ(body.at("interval_seconds").as_int64(), 10);
  const auto& samples = body.at("samples").as_array();
  ASSERT_EQ(samples.size(), 2u);
  EXPECT_EQ(samples[0].at("pending_jobs").as_int64(), 0);
  EXPECT_EQ(samples[1].at("pending_jobs").as_int64(), 7);
  EXPECT_EQ(samples[1].at("audio_seconds").to_number<double>(), 12.3);
  EXPECT_EQ(samples[1].at("at").as_string(), "1970-01-01T00:00:10.000Z");
}

class HttpTranscriptEditTest : public ApiServerTest {
 protected:
  core::JobId completed() {
    return on_loop([&] {
      const auto id = jobs_->add(core::JobState::completed);
      core::Segment segment;
      segment.end_s = 2;
      segment.text = " what the engine heard";
      jobs_->transcripts[id].segments = {segment};
      return id;
    });
  }
  std::string path(core::JobId id) { return "/api/jobs/" + id.to_string() + "/transcript"; }
};

TEST_F(HttpTranscriptEditTest, PutReplacesAndRestoreBringsBack) {
  start();
  const auto id = completed();
  auto answer = request("PUT", path(id), "",
                        R"({"language":"en","segments":[)"
                        R"({"id":3,"start":0,"end":1,"text":"What was said."},)"
                        R"({"id":3,"start":1,"end":2,"text":"In two lines."}]})");
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_TRUE(answer.json().at("edited").as_bool());
  const auto kept = request("GET", path(id) + "?format=json").json();
  EXPECT_TRUE(kept.at("edited").as_bool());
  EXPECT_EQ(kept.at("segments").at(1).at("id").as_int64(), 1);
  EXPECT_EQ(request("GET", path(id) + "?format=txt").body, "What was said.\nIn two lines.\n");

  answer = request("POST", path(id) + "/restore");
  ASSERT_EQ(answer.status, 200);
  EXPECT_FALSE(answer.json().contains("edited"));
  EXPECT_EQ(request("GET", path(id) + "?format=txt").body, "what the engine heard\n");
}

TEST_F(HttpTranscriptEditTest, IfMatchKeepsOnePersonsCorrectionsFromAnothers) {
  start();
  const auto id = completed();
  const auto put = [&](const std::string& text, const std::string& if_match) {
    return request("PUT", path(id), if_match.empty() ? "" : "If-Match: " + if_match + "\r\n",
                   R"({"segments":[{"id":0,"start":0,"end":1,"text":")" + text + R"("}]})");
  };
  const auto etag = [&] { return request("GET", path(id) + "?format=json").headers.at("etag"); };
  const std::string heard = etag();
  ASSERT_NE(heard, "");
  const auto first = put("first", heard);
  ASSERT_EQ(first.status, 200) << first.body;
  EXPECT_NE(first.headers.at("etag"), heard);
  EXPECT_EQ(first.headers.at("etag"), etag());

  for (const std::string& wrong : {heard, std::string("W/") + first.headers.at("etag"),
                                   std::string("\"x\""), std::string("\"99999999999999999999\"")}) {
    const auto refused = put("second", wrong);
    EXPECT_EQ(refused.status, 412) << wrong;
    EXPECT_EQ(refused.error("code"), "transcript_changed");
  }
  EXPECT_EQ(request("GET", path(id) + "?format=txt").body, "first\n");
  EXPECT_EQ(put("second", first.headers.at("etag")).status, 200);
  EXPECT_EQ(put("third", "*").status, 200);
  EXPECT_EQ(put("fourth", "").status, 200);
  EXPECT_EQ(request("GET", path(id) + "?format=txt").body, "fourth\n");
  EXPECT_EQ(request("POST", path(id) + "/restore").headers.at("etag"), etag());
}

TEST_F(HttpTranscriptEditTest, AFewAreTakenAtOnce) {
  start();
  const auto id = completed();
  const std::string body = R"({"segments":[{"id":0,"start":0,"end":1,"text":"x"}]})";
  std::deque<fakes::RawHttpClient> slow;
  for (int i = 0; i < 4; ++i) {
    slow.emplace_back(port_);
    slow.back().send("PUT " + path(id) + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " +
                     std::to_string(body.size()) + "\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_EQ(slow.back().read_head().status, 100);
  }
  const auto refused = request("PUT", path(id), "", body);
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.error("code"), "busy");
  EXPECT_EQ(refused.headers.at("retry-after"), "1");
  slow.front().send(body);
  EXPECT_EQ(slow.front().read_response().status, 200);
  EXPECT_EQ(request("PUT", path(id), "", body).status, 200);
  // Who goes away leaves a place, too.
  slow.clear();
  EXPECT_TRUE(eventually([&] { return on_loop([&] { return server_->connections(); }) == 0; }));
  EXPECT_EQ(request("PUT", path(id), "", body).status, 200);
}

TEST_F(HttpTranscriptEditTest, RefusesWhatIsNoTranscriptAndSaysWhy) {
  start();
  const auto id = completed();
  auto answer = request("PUT", path(id), "", "{");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.error("code"), "bad_transcript");
  answer = request("PUT", path(id), "", R"({"segments":[{"id":0,"start":0,"end":"x","text":""}]})");
  EXPECT_EQ(answer.status, 400);
  EXPECT_NE(answer.error("message").find("\"end\""), std::string::npos) << answer.body;
  answer = request("PUT", path(id), "", "{}");
  EXPECT_EQ(answer.error("param"), "segments");
  EXPECT_EQ(request("GET", path(id) + "?format=txt").body, "what the engine heard\n");

  const auto queued = on_loop([&] { return jobs_->add(core::JobState::queued); });
  const std::string good = R"({"segments":[{"id":0,"start":0,"end":1,"text":"x"}]})";
  EXPECT_EQ(request("PUT", path(queued), "", good).status, 409);
  EXPECT_EQ(request("PUT", "/api/jobs/00000000000z/transcript", "", good).status, 404);
}

}  // namespace
}  // namespace transcribed::tests
