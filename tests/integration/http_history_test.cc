// /api/history, and the transcripts that people correct.
#include "http/history_api.h"

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
  EXPECT_EQ(answer.json().at("segments").at(1).at("id").as_int64(), 1);
  EXPECT_EQ(request("GET", path(id) + "?format=txt").body, "What was said.\nIn two lines.\n");

  answer = request("POST", path(id) + "/restore");
  ASSERT_EQ(answer.status, 200);
  EXPECT_FALSE(answer.json().contains("edited"));
  EXPECT_EQ(request("GET", path(id) + "?format=txt").body, "what the engine heard\n");
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
