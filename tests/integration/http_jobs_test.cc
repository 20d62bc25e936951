// /api/jobs, but for uploads.
#include "tests/integration/api_server_fixture.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace transcribed::tests {
namespace {

using core::JobState;

class HttpJobsTest : public ApiServerTest {
 protected:
  HttpJobsTest() {
    write_file(folder_ / "in/talk.wav", "sound");
    write_file(folder_ / "in/empty.wav", "");
    write_file(folder_ / "secret/s.wav", "sound");
    options_.storage.allowed_paths = {folder_ / "in"};
  }

  std::string path(const std::string& name) { return (folder_ / name).string(); }

  core::JobId add(JobState state, std::string name = "talk.mp3") {
    return on_loop([&] { return jobs_->add(state, name); });
  }

  // "400 code param" of a submission that is refused.
  std::string refusal(const std::string& body) {
    const auto answer = post_json(body);
    return fmt::format("{} {} {}", answer.status, answer.error("code"), answer.error("param"));
  }
};

TEST_F(HttpJobsTest, APathBecomesAJob) {
  start();
  const auto answer = post_json(fmt::format(
      R"({{"path":"{}","model":"small","priority":5,"language":"en","word_timestamps":true}})",
      path("in/talk.wav")));
  ASSERT_EQ(answer.status, 201) << answer.body;
  const auto job = answer.json();
  EXPECT_EQ(answer.headers.at("location"), "/api/jobs/" + std::string(job.at("id").as_string()));
  EXPECT_EQ(job.at("state").as_string(), "queued");
  EXPECT_EQ(job.at("name").as_string(), "talk.wav");
  on_loop([&] {
    ASSERT_EQ(jobs_->submissions.size(), 1U);
    const auto& submission = jobs_->submissions[0];
    EXPECT_EQ(submission.model, "small");
    EXPECT_EQ(submission.priority, 5);
    EXPECT_EQ(submission.options.language, "en");
    EXPECT_TRUE(submission.options.word_timestamps);
    EXPECT_FALSE(submission.audio.owned);
    EXPECT_EQ(submission.audio.path, std::filesystem::canonical(folder_ / "in/talk.wav"));
  });
  EXPECT_EQ(request("GET", answer.headers.at("location")).status, 200);
}

TEST_F(HttpJobsTest, EachWrongPathHasItsOwnError) {
  std::filesystem::create_symlink(path("secret/s.wav"), path("in/link.wav"));
  start();
  const auto of_path = [&](const std::string& name) {
    return refusal(fmt::format(R"({{"path":"{}"}})", name));
  };
  EXPECT_EQ(of_path("talk.wav"), "400 path_relative path");
  EXPECT_EQ(of_path(path("secret/s.wav")), "403 path_not_allowed path");
  EXPECT_EQ(of_path(path("in/../secret/s.wav")), "403 path_not_allowed path");
  EXPECT_EQ(of_path(path("in/link.wav")), "403 path_not_allowed path");
  EXPECT_EQ(of_path(path("in/none.wav")), "400 file_not_found path");
  EXPECT_EQ(of_path(path("in")), "400 path_is_folder path");
  EXPECT_EQ(of_path(path("in/empty.wav")), "400 file_empty path");
  EXPECT_EQ(of_path("/a\\u0000b"), "400 path_invalid path");
  on_loop([&] { EXPECT_TRUE(jobs_->submissions.empty()); });
}

TEST_F(HttpJobsTest, WrongBodiesHaveTheirErrors) {
  start();
  EXPECT_EQ(refusal("{"), "400 malformed_json null");
  EXPECT_EQ(refusal("[]"), "400 malformed_json null");
  EXPECT_EQ(refusal("{}"), "400 path_missing path");
  EXPECT_EQ(refusal(R"({"path":5})"), "400 bad_value path");
  EXPECT_EQ(refusal(R"({"url":"ftp://example.org/a.mp3"})"), "400 bad_value url");
  EXPECT_EQ(refusal(R"({"path":"/a","modle":"x"})"), "400 unknown_field modle");
  EXPECT_EQ(refusal(R"({"path":"/a","priority":"high"})"), "400 bad_value priority");
  EXPECT_EQ(refusal(R"({"path":"/a","model":"huge"})"), "400 model_not_found model");
  const auto other = request("POST", "/api/jobs", "Content-Type: text/plain\r\n", "hello");
  EXPECT_EQ(other.status, 415);
  EXPECT_EQ(request("POST", "/api/jobs").status, 415);
}

TEST_F(HttpJobsTest, AJsonBodyHasALimit) {
  start();
  const auto long_body = "{\"path\":\"" + std::string(1'100'000, 'x') + "\"}";
  EXPECT_EQ(post_json(long_body).status, 413);
  // Without a length in advance, too.
  fakes::RawHttpClient client(port_);
  client.send(
      "POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      "Transfer-Encoding: chunked\r\n\r\n");
  const std::string chunk = "8000\r\n" + std::string(0x8000, 'x') + "\r\n";
  for (int i = 0; i < 40 && client.send(chunk); ++i) {
  }
  EXPECT_EQ(client.read_response().status, 413);
}

TEST_F(HttpJobsTest, AChunkedJsonBodyIsRead) {
  start();
  fakes::RawHttpClient client(port_);
  const auto body = fmt::format(R"({{"path":"{}"}})", path("in/talk.wav"));
  std::string text =
      "POST /api/jobs HTTP/1.1\r\nHost: localhost\r\n"
      "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const char c : body) text += fmt::format("1\r\n{}\r\n", c);
  client.send(text + "0\r\n\r\n");
  EXPECT_EQ(client.read_response().status, 201);
  EXPECT_EQ(client.request("GET", "/healthz").status, 200);
  client.send(
      "POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      "Transfer-Encoding: chunked\r\n\r\nzz\r\n");
  EXPECT_EQ(client.read_response().status, 400);
}

TEST_F(HttpJobsTest, WhatTheSchedulerRefusesIsSaid) {
  start();
  on_loop([&] { jobs_->has_default = false; });
  const auto body = fmt::format(R"({{"path":"{}"}})", path("in/talk.wav"));
  EXPECT_EQ(refusal(body), "400 no_default_model model");
  on_loop([&] { jobs_->draining = true; });
  const auto draining = post_json(body);
  EXPECT_EQ(draining.status, 503);
  EXPECT_TRUE(draining.headers.contains("retry-after"));
  on_loop([&] {
    jobs_->draining = false;
    jobs_->has_default = true;
    jobs_->refuse_submit = scheduler::Refusal{scheduler::Refusal::Why::disk_full, "Full."};
  });
  EXPECT_EQ(post_json(body).status, 507);
}

TEST_F(HttpJobsTest, AQueuedJobIsMoved) {
  start();
  const auto id = add(JobState::queued);
  const auto move = [&](const std::string& body) {
    return request("POST", "/api/jobs/" + id.to_string() + "/move", "", body);
  };
  EXPECT_EQ(move(R"({"to":"front"})").status, 200);
  EXPECT_EQ(move(R"({"to":"back"})").status, 200);
  EXPECT_EQ(jobs_->moves, (std::vector<std::pair<core::JobId, scheduler::MoveTo>>{
                              {id, scheduler::MoveTo::front}, {id, scheduler::MoveTo::back}}));
  for (const std::string body : {"", "{}", "[]", R"({"to":"top"})", R"({"to":1})", "front"}) {
    const auto answer = move(body);
    EXPECT_EQ(answer.status, 400) << body;
    EXPECT_EQ(answer.json().at("error").at("param").as_string(), "to");
  }
}

TEST_F(HttpJobsTest, TheListIsFilteredAndPaged) {
  start();
  for (int i = 0; i < 5; ++i) add(i < 2 ? JobState::completed : JobState::queued);
  const auto ids = [&](const std::string& query, std::string* cursor = nullptr) {
    const auto page = request("GET", "/api/jobs" + query).json();
    if (cursor) {
      const auto& next = page.at("next_cursor");
      *cursor = next.is_null() ? "" : std::string(next.as_string());
    }
    std::vector<std::string> found;
    for (const auto& job : page.at("jobs").as_array()) {
      found.emplace_back(job.at("id").as_string());
    }
    return found;
  };
  const auto all = ids("");
  ASSERT_EQ(all.size(), 5U);
  EXPECT_TRUE(std::is_sorted(all.rbegin(), all.rend()));
  EXPECT_EQ(ids("?state=completed").size(), 2U);
  EXPECT_EQ(ids("?state=failed").size(), 0U);

  std::vector<std::string> paged;
  std::string cursor;
  std::string query = "?limit=2";
  for (int page = 0; page < 3; ++page) {
    for (auto& id : ids(query, &cursor)) paged.push_back(id);
    query = "?limit=2&cursor=" + cursor;
  }
  EXPECT_EQ(paged, all);
  EXPECT_EQ(cursor, "");
  ids("?limit=5", &cursor);
  EXPECT_EQ(cursor, "");  // a full page that is the last one says so
}

TEST_F(HttpJobsTest, AWrongListQueryIs400) {
  start();
  for (const auto* query : {"state=done", "limit=0", "limit=1001", "limit=-1", "limit=ten",
                            "limit=", "cursor=x", "cursor=", "status=queued", "limit=1&limit=2"}) {
    const auto answer = request("GET", std::string("/api/jobs?") + query);
    EXPECT_EQ(answer.status, 400) << query;
    EXPECT_NE(answer.error("param"), "null") << query;
  }
}

TEST_F(HttpJobsTest, JobsAreShownCancelledRetriedAndDeleted) {
  start();
  const auto at = [&](JobState state) { return "/api/jobs/" + add(state).to_string(); };
  const auto queued = at(JobState::queued);
  EXPECT_EQ(request("GET", queued).json().at("state").as_string(), "queued");
  EXPECT_EQ(request("DELETE", queued).status, 409);
  EXPECT_EQ(request("POST", queued + "/retry").status, 409);
  const auto cancelled = request("POST", queued + "/cancel");
  EXPECT_EQ(cancelled.status, 200);
  EXPECT_EQ(cancelled.json().at("state").as_string(), "cancelled");
  const auto again = request("POST", queued + "/cancel");
  EXPECT_EQ(again.status, 409);
  EXPECT_EQ(again.error("code"), "wrong_state");
  EXPECT_EQ(request("POST", queued + "/retry").json().at("state").as_string(), "queued");

  const auto failed = at(JobState::failed);
  EXPECT_EQ(request("DELETE", failed).status, 200);
  EXPECT_EQ(request("GET", failed).status, 404);
}

TEST_F(HttpJobsTest, WhatIsNoJobIs404) {
  start();
  for (const auto* path : {"/api/jobs/none", "/api/jobs/000000000000", "/api/jobs/%2e%2e",
                           "/api/jobs/000000000000/transcript"}) {
    const auto answer = request("GET", path);
    EXPECT_EQ(answer.status, 404) << path;
    EXPECT_EQ(answer.error("code"), "job_not_found") << path;
  }
  for (const auto* action : {"cancel", "retry"}) {
    EXPECT_EQ(request("POST", std::string("/api/jobs/000000000000/") + action).status, 404);
  }
  EXPECT_EQ(request("DELETE", "/api/jobs/000000000000").status, 404);
}

TEST_F(HttpJobsTest, TranscriptsComeInEveryFormat) {
  start();
  const auto id = add(JobState::completed, "Über \"uns\".mp3");
  on_loop([&] {
    auto& transcript = jobs_->transcripts[id];
    transcript.language = "en";
    core::Segment segment;
    segment.end_s = 2.5;
    segment.text = " Hello there.";
    transcript.segments.push_back(segment);
  });
  const auto base = "/api/jobs/" + id.to_string() + "/transcript";
  EXPECT_EQ(request("GET", base).json().at("language").as_string(), "en");
  const auto txt = request("GET", base + "?format=txt");
  EXPECT_EQ(txt.body, "Hello there.\n");
  EXPECT_EQ(txt.headers.at("content-type"), "text/plain; charset=utf-8");
  EXPECT_FALSE(txt.headers.contains("content-disposition"));
  const auto srt = request("GET", base + "?format=srt&download=1");
  EXPECT_EQ(srt.body.substr(0, 31), "1\n00:00:00,000 --> 00:00:02,500");
  EXPECT_EQ(srt.headers.at("content-disposition"),
            "attachment; filename=\"__ber _uns_.srt\"; "
            "filename*=UTF-8''%C3%9Cber%20%22uns%22.srt");
  const auto vtt = request("GET", base + "?format=vtt&download=0");
  EXPECT_EQ(vtt.headers.at("content-type"), "text/vtt; charset=utf-8");
  EXPECT_FALSE(vtt.headers.contains("content-disposition"));
  EXPECT_EQ(request("GET", base + "?format=tsv").headers.at("content-type"),
            "text/tab-separated-values; charset=utf-8");
  EXPECT_EQ(request("GET", base + "?format=lrc").body, "[00:00.00]Hello there.\n");
  const auto verbose = request("GET", base + "?format=verbose_json&download=true");
  EXPECT_EQ(verbose.headers.at("content-type"), "application/json; charset=utf-8");
  EXPECT_THAT(verbose.headers.at("content-disposition"), testing::HasSubstr("uns_.verbose.json\""));
  EXPECT_EQ(verbose.json().at("language").as_string(), "english");
  EXPECT_EQ(request("GET", base + "?format=doc").error("code"), "bad_value");
  EXPECT_EQ(request("GET", base + "?format=txt&max_line_width=20").error("param"),
            "max_line_width");
}

TEST_F(HttpJobsTest, ATranscriptTellsWhatTheJobAskedFor) {
  start();
  const auto id = add(JobState::completed);
  const auto base = "/api/jobs/" + id.to_string() + "/transcript?format=";
  on_loop([&] {
    jobs_->job(id).options.language = "de";
    jobs_->job(id).options.temperature = 0.5;
    core::Segment segment;
    segment.end_s = 2;
    segment.text = "Ja nein";
    jobs_->transcripts[id].segments = {segment};
  });
  const auto verbose = request("GET", base + "verbose_json").json();
  EXPECT_EQ(verbose.at("language").as_string(), "german");
  EXPECT_EQ(verbose.at("segments").at(0).at("temperature").to_number<double>(), 0.5);
  const auto untimed = request("GET", base + "srt&words=true");
  EXPECT_EQ(untimed.status, 409);
  EXPECT_EQ(untimed.error("code"), "no_word_times");
  on_loop([&] {
    jobs_->transcripts[id].segments[0].words = {{0, 1, "Ja", {}}, {1, 2, "nein", {}}};
  });
  EXPECT_EQ(request("GET", base + "lrc&words=true").body,
            "[00:00.00]<00:00.00>Ja <00:01.00>nein\n");
  EXPECT_EQ(request("GET", base + "srt&max_line_width=5&max_line_count=1").body,
            "1\n00:00:00,000 --> 00:00:01,000\nJa\n\n2\n00:00:01,000 --> 00:00:02,000\nnein\n\n");
}

TEST_F(HttpJobsTest, WithoutATranscriptThereIsASentence) {
  start();
  const auto message = [&](core::JobId id) {
    const auto answer = request("GET", "/api/jobs/" + id.to_string() + "/transcript");
    EXPECT_EQ(answer.status, 409);
    return answer.error("message");
  };
  EXPECT_THAT(message(add(JobState::queued)), testing::HasSubstr("queued"));
  EXPECT_THAT(message(add(JobState::running)), testing::HasSubstr("running"));
  EXPECT_THAT(message(add(JobState::cancelled)), testing::HasSubstr("cancelled"));
  const auto failed = add(JobState::failed);
  on_loop([&] {
    jobs_->job(failed).failure = core::Failure{core::FailureKind::bad_media, "No sound in it."};
  });
  EXPECT_THAT(message(failed), testing::HasSubstr("No sound in it."));
}

}  // namespace
}  // namespace transcribed::tests
