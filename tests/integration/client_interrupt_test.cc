// Ctrl-C, in every mode.
#include <algorithm>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <optional>

#include "tests/integration/client_fixture.h"

namespace transcribed {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class ClientInterrupt : public ClientTest {
 protected:
  ClientInterrupt() {
    recording("a.wav");
    recording("b.wav");
    server_.script("", held());
    fakes::JobScript waits;
    waits.steps = {"queued"};
    server_.script("b.wav", waits);
  }

  std::vector<std::string> states() {
    std::vector<std::string> found;
    for (const auto& job : server_.jobs()) found.push_back(job.state);
    return found;
  }
};

constexpr char question[] =
    "2 jobs are not finished. Let them go on in the server? [Y/n/c(ontinue waiting)] ";

TEST_F(ClientInterrupt, WithoutATerminalTheJobsGoOn) {
  fakes::ClientProcess process(settings({"a.wav", "b.wav"}));
  ASSERT_TRUE(process.wait_for("b.wav: queued"));
  process.signal(SIGINT);
  EXPECT_EQ(process.wait(), 130);
  EXPECT_THAT(process.err(), AllOf(HasSubstr("2 jobs go on in the server: job1, job2\n"),
                                   HasSubstr("transcribe jobs")));
  EXPECT_THAT(states(), Not(testing::Contains("cancelled")));
}

TEST_F(ClientInterrupt, ATerminationIsTheSame) {
  fakes::ClientProcess process(settings({"a.wav", "b.wav"}));
  ASSERT_TRUE(process.wait_for("b.wav: queued"));
  process.signal(SIGTERM);
  EXPECT_EQ(process.wait(), 130);
  EXPECT_THAT(process.err(), HasSubstr("2 jobs go on in the server"));
}

TEST_F(ClientInterrupt, CancelOnInterruptCancelsThoseThatWaitFirst) {
  fakes::ClientProcess process(settings({"--cancel-on-interrupt", "a.wav", "b.wav"}));
  ASSERT_TRUE(process.wait_for("a.wav: running"));
  // Either may come first; an upload that is out whole is waited for.
  ASSERT_TRUE(server_.wait_until([](const std::vector<std::string>& requests) {
    return std::count(requests.begin(), requests.end(), "POST /api/jobs") == 2;
  }));
  process.signal(SIGINT);
  EXPECT_EQ(process.wait(), 130);
  EXPECT_THAT(process.err(), HasSubstr("2 jobs were cancelled\n"));
  EXPECT_THAT(states(), testing::ElementsAre("cancelled", "cancelled"));
  const auto requests = server_.requests();
  const auto at = [&](const std::string& request) {
    return std::find(requests.begin(), requests.end(), request) - requests.begin();
  };
  EXPECT_LT(at("POST /api/jobs/job2/cancel"), at("POST /api/jobs/job1/cancel"));
}

TEST_F(ClientInterrupt, OnATerminalYesLetsThemGoOn) {
  fakes::ClientProcess process(on_terminal({"a.wav", "b.wav"}));
  ASSERT_TRUE(process.wait_for("1 running, 1 waiting"));
  process.type("\x03");
  ASSERT_TRUE(process.wait_for(question));
  process.type("\n");
  EXPECT_EQ(process.wait(), 130);
  EXPECT_THAT(process.err(), HasSubstr("2 jobs go on in the server: job1, job2"));
  EXPECT_THAT(states(), Not(testing::Contains("cancelled")));
}

TEST_F(ClientInterrupt, OnATerminalNoCancels) {
  fakes::ClientProcess process(on_terminal({"a.wav", "b.wav"}));
  ASSERT_TRUE(process.wait_for("1 running, 1 waiting"));
  process.type("\x03");
  ASSERT_TRUE(process.wait_for(question));
  process.type("what?\n");
  ASSERT_TRUE(process.wait_for(question)) << "asked again";
  process.type("n\n");
  EXPECT_EQ(process.wait(), 130);
  EXPECT_THAT(process.err(), HasSubstr("2 jobs were cancelled"));
  EXPECT_THAT(states(), testing::ElementsAre("cancelled", "cancelled"));
}

TEST_F(ClientInterrupt, OnATerminalOneMayGoOnWaiting) {
  fakes::ClientProcess process(on_terminal({"a.wav", "b.wav"}));
  ASSERT_TRUE(process.wait_for("1 running, 1 waiting"));
  process.type("\x03");
  ASSERT_TRUE(process.wait_for(question));
  process.type("c\n");
  ASSERT_TRUE(process.wait_for("1 running, 1 waiting"));
  server_.complete_all();
  EXPECT_EQ(process.wait(), 0);
  EXPECT_TRUE(exists("a.txt"));
  EXPECT_TRUE(exists("b.txt"));
}

TEST_F(ClientInterrupt, ASecondCtrlCLeavesAtOnce) {
  fakes::ClientProcess process(on_terminal({"a.wav", "b.wav"}));
  ASSERT_TRUE(process.wait_for("1 running, 1 waiting"));
  process.type("\x03");
  ASSERT_TRUE(process.wait_for(question));
  process.type("\x03");
  EXPECT_EQ(process.wait(), 130);
  EXPECT_THAT(process.err(), HasSubstr("2 jobs go on in the server"));
}

TEST_F(ClientInterrupt, AnOpenQuestionEndsWithTheLastJob) {
  fakes::ClientProcess process(on_terminal({"a.wav", "b.wav"}));
  ASSERT_TRUE(process.wait_for("1 running, 1 waiting"));
  process.type("\x03");
  ASSERT_TRUE(process.wait_for(question));
  server_.complete_all();
  ASSERT_TRUE(process.wait_for("all have ended meanwhile"));
  EXPECT_EQ(process.wait(), 0);
  EXPECT_TRUE(exists("b.txt"));
}

TEST_F(ClientInterrupt, DetachedUploadsSayWhichWentThrough) {
  // The second upload gets stuck half way.
  std::mutex mutex;
  std::condition_variable changed;
  bool let_go = false;
  int submissions = 0;
  server_.intercept_early(
      [&](const fakes::ScriptedRequest& request) -> std::optional<fakes::ScriptedAnswer> {
        if (request.method != "POST") return std::nullopt;
        std::unique_lock lock(mutex);
        ++submissions;
        changed.notify_all();
        if (submissions != 2) return std::nullopt;
        changed.wait(lock, [&] { return let_go; });
        return fakes::ScriptedAnswer{.hang_up = true};
      });
  std::filesystem::resize_file(folder_ / "b.wav", 100'000'000);
  recording("c.wav");
  fakes::ClientProcess process(settings({"--detach", "a.wav", "b.wav", "c.wav"}));
  ASSERT_TRUE(process.wait_for("a.wav: queued as job1"));
  {
    std::unique_lock lock(mutex);
    ASSERT_TRUE(changed.wait_for(lock, std::chrono::seconds(30), [&] { return submissions == 2; }));
  }
  process.signal(SIGINT);
  const int status = process.wait();
  {
    const std::lock_guard lock(mutex);
    let_go = true;
  }
  changed.notify_all();
  server_.http().go_away();  // its threads use what stands above
  EXPECT_EQ(status, 130);
  EXPECT_EQ(process.out(), "job1\n");
  EXPECT_THAT(process.err(), AllOf(HasSubstr("1 job goes on in the server: job1\n"),
                                   HasSubstr("2 files were not sent: b.wav, c.wav\n")));
}

}  // namespace
}  // namespace transcribed
