// What goes wrong around `transcribe FILE...`: the server, the disk, other programs.
#include <sys/socket.h>

#include <atomic>
#include <csignal>
#include <optional>

#include "tests/integration/client_fixture.h"

namespace transcribed {
namespace {

using fakes::error_answer;
using fakes::ScriptedAnswer;
using fakes::ScriptedRequest;
using testing::HasSubstr;
using testing::Not;

bool is_submission(const ScriptedRequest& request) {
  return request.method == "POST" && request.target == "/api/jobs";
}

TEST_F(ClientTest, SaysHowToGetAServerWhenNoneListens) {
  recording("a.wav");
  server_.http().go_away();
  const Ended ended = run({"a.wav"});
  EXPECT_EQ(ended.status, 3);
  EXPECT_THAT(ended.err, HasSubstr("no transcribed server at " + server_.url()));
  EXPECT_THAT(ended.err, HasSubstr("start one with `transcribed`, or name it with --server"));
  EXPECT_EQ(run({"jobs"}).status, 3);
}

TEST_F(ClientTest, GoesOnWhenTheServerComesBack) {
  recording("a.wav");
  recording("b.wav");
  server_.script("", held());
  fakes::ClientProcess process(settings({"a.wav", "b.wav"}));
  ASSERT_TRUE(process.wait_for("b.wav: running"));
  server_.http().go_away();
  ASSERT_TRUE(process.wait_for("the server does not answer"));
  server_.complete_all();
  server_.http().come_back();
  ASSERT_TRUE(process.wait_for("the server is back"));
  EXPECT_EQ(process.wait(), 0);
  EXPECT_EQ(content("a.txt"), "hello\n");
  EXPECT_EQ(content("b.txt"), "hello\n");
  EXPECT_EQ(server_.jobs().size(), 2U) << "nothing was submitted twice";
}

TEST_F(ClientTest, AnUploadWhoseAnswerIsLostIsNotSentAgain) {
  recording("a.wav");
  recording("b.wav");
  std::atomic<int> submissions = 0;
  server_.intercept(
      [](const ScriptedRequest&) { return ScriptedAnswer{.hang_up = true}; },
      [&](const ScriptedRequest& request) { return is_submission(request) && ++submissions == 1; });
  const Ended ended = run({"a.wav", "b.wav"});
  EXPECT_EQ(ended.status, 1);
  EXPECT_EQ(submissions, 2);
  EXPECT_THAT(ended.err, HasSubstr("a.wav: failed: "));
  EXPECT_THAT(ended.err, HasSubstr("may be queued all the same"));
  EXPECT_THAT(ended.err, HasSubstr("it was not sent again"));
  EXPECT_TRUE(exists("b.txt"));
  EXPECT_FALSE(exists("a.txt"));
}

TEST_F(ClientTest, ATooLargeFileIsRefusedWithoutSendingAllOfIt) {
  recording("big.wav");
  std::filesystem::resize_file(folder_ / "big.wav", 300'000'000);
  recording("small.wav");
  server_.intercept_early([](const ScriptedRequest& request) -> std::optional<ScriptedAnswer> {
    if (!is_submission(request) || std::stoull(request.headers.at("content-length")) < 1'000'000) {
      return std::nullopt;
    }
    return error_answer(413, "The upload is larger than the 100 MB that are allowed.", "file");
  });
  const Ended ended = run({"big.wav", "small.wav"});
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, HasSubstr("big.wav: failed: larger than the server takes: The upload is"));
  EXPECT_TRUE(exists("small.txt")) << "the others go on";
}

TEST_F(ClientTest, AFullServerDiskEndsTheSending) {
  for (const char* name : {"a.wav", "b.wav", "c.wav"}) recording(name);
  std::atomic<int> submissions = 0;
  server_.intercept(
      [](const ScriptedRequest&) { return error_answer(507, "Only 12 MB are free."); },
      [&](const ScriptedRequest& request) { return is_submission(request) && ++submissions > 1; });
  const Ended ended = run({"a.wav", "b.wav", "c.wav"});
  EXPECT_EQ(ended.status, 1);
  EXPECT_EQ(submissions, 2);
  EXPECT_THAT(ended.err, HasSubstr("2 files were not submitted: the server has too little disk "
                                   "left: Only 12 MB are free.\n"));
  EXPECT_TRUE(exists("a.txt"));
}

TEST_F(ClientTest, AnUnknownModelIsToldOnce) {
  recording("a.wav");
  recording("b.wav");
  server_.intercept(
      [](const ScriptedRequest&) {
        return error_answer(400, "There is no model \"huge\"; there are: medium, tiny.", "model");
      },
      is_submission);
  const Ended ended = run({"-m", "huge", "a.wav", "b.wav"});
  EXPECT_EQ(ended.status, 2);
  EXPECT_EQ(posts(), 1U);
  EXPECT_THAT(ended.err, HasSubstr("2 files were not submitted: There is no model \"huge\""));
}

TEST_F(ClientTest, AServerThatShutsDownTakesNothing) {
  recording("a.wav");
  server_.intercept(
      [](const ScriptedRequest&) { return error_answer(503, "The server is shutting down."); },
      is_submission);
  const Ended ended = run({"a.wav"});
  EXPECT_EQ(ended.status, 3);
  EXPECT_THAT(ended.err, HasSubstr("The server is shutting down."));
}

TEST_F(ClientTest, WaitsForAServerThatRestartsInTheMiddle) {
  recording("a.wav");
  recording("b.wav");
  std::atomic<int> submissions = 0;
  server_.intercept(
      [](const ScriptedRequest&) {
        ScriptedAnswer answer = error_answer(503, "The server is shutting down.");
        answer.headers["Retry-After"] = "0";
        return answer;
      },
      [&](const ScriptedRequest& request) { return is_submission(request) && ++submissions == 2; });
  const Ended ended = run({"a.wav", "b.wav"});
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_EQ(submissions, 3);
  EXPECT_THAT(ended.err, HasSubstr("The server is shutting down.; trying again"));
}

TEST_F(ClientTest, SendsTheKeyAndSaysWhenItIsMissing) {
  recording("a.wav");
  server_.intercept(
      [](const ScriptedRequest&) { return error_answer(401, "An API key is needed."); },
      [](const ScriptedRequest& request) {
        const auto found = request.headers.find("authorization");
        return found == request.headers.end() || found->second != "Bearer secret";
      });
  const Ended refused = run({"a.wav"});
  EXPECT_EQ(refused.status, 2);
  EXPECT_THAT(refused.err, HasSubstr("set TRANSCRIBED_API_KEY"));
  fakes::ProcessSettings wanted = settings({"a.wav"});
  wanted.environment["TRANSCRIBED_API_KEY"] = "secret";
  EXPECT_EQ(run(wanted).status, 0);
}

TEST_F(ClientTest, AnotherProgramOnThatPortIsNamedAsSuch) {
  recording("a.wav");
  const std::vector<ScriptedAnswer> answers{
      {.body = "<html>It works!</html>", .content_type = "text/html"},
      {.status = 404, .body = "<html>Not here</html>", .content_type = "text/html"},
      {.body = "{\"gpus\":"},
      {.body = "[]"},
      {.body = "{}"},
      {.body = ""},
      {.raw = "SSH-2.0-OpenSSH_9.2\r\n"},
      {.raw = std::string("\x15\x03\x01\x00\x02\x02\x16", 7)}};
  for (const ScriptedAnswer& answer : answers) {
    server_.intercept([answer](const ScriptedRequest&) { return answer; },
                      [](const ScriptedRequest&) { return true; });
    const Ended ended = run({"a.wav"});
    EXPECT_EQ(ended.status, 3) << answer.body;
    EXPECT_THAT(ended.err, HasSubstr("is another program on that port?")) << answer.body;
    EXPECT_EQ(run({"show", "x"}).status, 1) << answer.body;
  }
}

TEST_F(ClientTest, ACutAnswerIsNoCrash) {
  recording("a.wav");
  server_.intercept(
      [](const ScriptedRequest&) {
        return ScriptedAnswer{.raw = "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"id\":"};
      },
      [](const ScriptedRequest& request) { return request.method == "GET"; });
  const Ended ended = run({"explain", "job1"});
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, HasSubstr("did not finish its answer (the answer was cut short)"));
}

TEST_F(ClientTest, NonsenseWhileWaitingEndsTheWait) {
  recording("a.wav");
  server_.intercept(
      [](const ScriptedRequest&) {
        return ScriptedAnswer{.body = "<html>hello</html>", .content_type = "text/html"};
      },
      [](const ScriptedRequest& request) { return request.target == "/api/jobs/job1"; });
  const Ended ended = run({"a.wav"});
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, HasSubstr("1 file was given up: "));
}

TEST_F(ClientTest, AJobThatIsDeletedMeanwhileIsAFailure) {
  recording("a.wav");
  server_.intercept(
      [](const ScriptedRequest&) { return error_answer(404, "There is no job job1."); },
      [](const ScriptedRequest& request) { return request.target == "/api/jobs/job1"; });
  const Ended ended = run({"a.wav"});
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, HasSubstr("the server does not know the job any more"));
}

TEST_F(ClientTest, AFullDiskFailsThatFileAndLeavesNothingHalf) {
  recording("long.wav");
  recording("short.wav");
  fakes::JobScript wordy;
  wordy.transcript = std::string(100'000, 'x');
  server_.script("long.wav", wordy);
  fakes::ProcessSettings wanted = settings({"long.wav", "short.wav"});
  wanted.file_size_limit = 50'000;
  const Ended ended = run(wanted);
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, HasSubstr("long.wav: failed: cannot write long.txt: "));
  EXPECT_THAT(ended.err, HasSubstr("the server keeps the transcript of job job1"));
  EXPECT_FALSE(exists("long.txt"));
  EXPECT_EQ(content("short.txt"), "hello\n");
  EXPECT_EQ(entries(), 3U);
}

TEST_F(ClientTest, AFullStandardOutputIsAnError) {
  recording("a.wav");
  fakes::ProcessSettings wanted = settings({"-o", "-", "a.wav"});
  wanted.stdout_file = "/dev/full";
  const Ended ended = run(wanted);
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, HasSubstr("cannot write to standard output: No space left on device"));
  wanted = settings({"resources"});
  wanted.stdout_file = "/dev/full";
  EXPECT_EQ(run(wanted).status, 1);
}

TEST_F(ClientTest, AnEmptyTranscriptIsAResult) {
  recording("a.wav");
  fakes::JobScript silent;
  silent.transcript = "";
  server_.script("", silent);
  EXPECT_EQ(run({"a.wav"}).status, 0);
  EXPECT_TRUE(exists("a.txt"));
}

}  // namespace
}  // namespace transcribed
