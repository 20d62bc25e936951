// transcribe --watch DIR, with a real folder and a real inotify.
#include <fcntl.h>
#include <unistd.h>

#include <csignal>

#include <boost/json/parse.hpp>

#include "tests/integration/client_fixture.h"

namespace transcribed {
namespace {

namespace fs = std::filesystem;
using fakes::error_answer;
using fakes::ScriptedAnswer;
using fakes::ScriptedRequest;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

class ClientWatch : public ClientTest {
 protected:
  ClientWatch() { fs::create_directory(folder_ / "in"); }

  // Written and closed long ago.
  void old_recording(const std::string& name, const std::string& content = "RIFF....") {
    fs::create_directories((folder_ / name).parent_path());
    recording(name, content);
    fs::last_write_time(folder_ / name, fs::file_time_type::clock::now() - std::chrono::hours(1));
  }
  // `arguments` behind --watch in; an hour of rest unless a test says otherwise, so that nothing
  // but inotify can be what tells.
  fakes::ProcessSettings watching(std::vector<std::string> arguments = {}) {
    std::vector<std::string> all{"--watch", "in"};
    if (std::find(arguments.begin(), arguments.end(), "--settle") == arguments.end()) {
      all.insert(all.end(), {"--settle", "3600"});
    }
    all.insert(all.end(), arguments.begin(), arguments.end());
    return settings(all);
  }
  std::vector<std::string> submitted() {
    std::vector<std::string> names;
    for (const auto& job : server_.jobs()) names.push_back(job.name);
    return names;
  }
  int stop(fakes::ClientProcess& process) {
    process.signal(SIGINT);
    return process.wait();
  }
};

TEST_F(ClientWatch, WhatWasThereAndWhatComesIsTranscribedBesideTheRecording) {
  old_recording("in/before.wav", "before");
  old_recording("in/done.wav", "done");
  recording("in/done.txt", "mine");
  fakes::ClientProcess process(watching());
  ASSERT_TRUE(process.wait_for("watching in; Ctrl-C ends this\n"));
  ASSERT_TRUE(process.wait_for("before.wav: done, in/before.txt\n"));
  recording("in/new.wav", "new");
  ASSERT_TRUE(process.wait_for("new.wav: done, in/new.txt\n"));
  EXPECT_EQ(stop(process), 0);
  EXPECT_THAT(process.err(), testing::EndsWith("2 done\n"));
  EXPECT_THAT(submitted(), ElementsAre("before.wav", "new.wav"));
  EXPECT_EQ(content("in/done.txt"), "mine");
  EXPECT_THAT(server_.jobs()[0].form, HasSubstr("name=\"deduplicate\"\r\n\r\ntrue\r\n"));
}

TEST_F(ClientWatch, ARecordingIsTakenOnceItsWriterClosesIt) {
  fakes::ClientProcess process(watching());
  ASSERT_TRUE(process.wait_for("watching"));
  std::ofstream slow(folder_ / "in/slow.wav");
  slow << "first half" << std::flush;
  recording("in/quick.wav", "quick");
  ASSERT_TRUE(process.wait_for("quick.wav: done"));
  EXPECT_THAT(submitted(), ElementsAre("quick.wav")) << "the other is still being written";
  slow << ", second half";
  slow.close();
  ASSERT_TRUE(process.wait_for("slow.wav: done"));
  EXPECT_THAT(server_.jobs().at(1).form, HasSubstr("first half, second half"));
  EXPECT_EQ(stop(process), 0);
}

TEST_F(ClientWatch, WhatIsMovedOrLinkedInCountsAndTheRestDoesNot) {
  fakes::ClientProcess process(watching());
  ASSERT_TRUE(process.wait_for("watching"));
  for (const char* name : {"in/notes.txt", "in/.hidden.wav", "in/talk.wav.part", "elsewhere.wav"}) {
    old_recording(name, name);
  }
  recording("in/empty.wav", "");
  fs::rename(folder_ / "in/talk.wav.part", folder_ / "in/talk.wav");
  ASSERT_TRUE(process.wait_for("talk.wav: done"));
  fs::create_hard_link(folder_ / "elsewhere.wav", folder_ / "in/hard.wav");
  ASSERT_TRUE(process.wait_for("hard.wav: done"));
  old_recording("elsewhere2.wav", "two");
  fs::create_symlink("../elsewhere2.wav", folder_ / "in/soft.wav");
  ASSERT_TRUE(process.wait_for("soft.wav: done"));
  EXPECT_THAT(submitted(), ElementsAre("talk.wav", "hard.wav", "soft.wav"));
  EXPECT_EQ(stop(process), 0);
}

TEST_F(ClientWatch, OfAFileWithAnUnseenWriterRestIsTheSign) {
  old_recording("in/a.wav");
  std::ofstream(folder_ / "in/a.wav") << "now";
  fakes::ClientProcess process(watching({"--settle", "1"}));
  ASSERT_TRUE(process.wait_for("a.wav: done"));
  EXPECT_EQ(stop(process), 0);
}

TEST_F(ClientWatch, FoldersBelowAreWatchedWhereWanted) {
  old_recording("in/sub/a.wav", "a");
  old_recording("outside/deep/b.wav", "b");
  {
    fakes::ClientProcess process(watching());
    ASSERT_TRUE(process.wait_for("watching"));
    recording("in/sub/c.wav", "c");
    recording("in/top.wav", "top");
    ASSERT_TRUE(process.wait_for("top.wav: done"));
    EXPECT_THAT(submitted(), ElementsAre("top.wav"));
    EXPECT_EQ(stop(process), 0);
  }
  fs::last_write_time(folder_ / "in/sub/c.wav", fs::last_write_time(folder_ / "in/sub/a.wav"));
  fakes::ClientProcess process(watching({"-r", "-o", "out"}));
  ASSERT_TRUE(process.wait_for("sub/c.wav: done, out/sub/c.txt"));
  EXPECT_TRUE(exists("out/sub/a.txt"));
  // A tree moved in, a folder made, and one renamed.
  fs::rename(folder_ / "outside", folder_ / "in/moved");
  ASSERT_TRUE(process.wait_for("moved/deep/b.wav: done, out/moved/deep/b.txt"));
  fs::create_directories(folder_ / "in/x/y");
  fs::rename(folder_ / "in/x", folder_ / "in/z");
  // Something that comes behind shows that all this was seen.
  recording("in/mark.wav", "mark");
  ASSERT_TRUE(process.wait_for("mark.wav: done"));
  recording("in/z/y/d.wav", "d");
  ASSERT_TRUE(process.wait_for("z/y/d.wav: done, out/z/y/d.txt"));
  EXPECT_EQ(stop(process), 0);
}

TEST_F(ClientWatch, ARestartDoesNothingTwice) {
  old_recording("in/done.wav", "done");
  old_recording("in/held.wav", "held");
  server_.script("held.wav", held());
  {
    fakes::ClientProcess process(watching());
    ASSERT_TRUE(process.wait_for("done.wav: done"));
    ASSERT_TRUE(process.wait_for("held.wav: running"));
    process.signal(SIGTERM);
    EXPECT_EQ(process.wait(), 0);
    EXPECT_THAT(process.err(), HasSubstr("1 job goes on in the server: job2\n"));
  }
  fakes::ClientProcess process(watching());
  ASSERT_TRUE(process.wait_for("held.wav: running as job2"));
  server_.complete_all();
  ASSERT_TRUE(process.wait_for("held.wav: done, in/held.txt\n"));
  EXPECT_EQ(stop(process), 0);
  EXPECT_EQ(server_.jobs().size(), 2U) << "joined, not made anew";
  EXPECT_EQ(posts(), 3U);
}

TEST_F(ClientWatch, TheDaemonMayBeAway) {
  old_recording("in/a.wav");
  server_.http().go_away();
  fakes::ClientProcess process(watching());
  ASSERT_TRUE(process.wait_for("no transcribed server at"));
  ASSERT_TRUE(process.wait_for("the server does not answer"));
  server_.http().come_back();
  ASSERT_TRUE(process.wait_for("a.wav: done"));
  server_.http().go_away();
  recording("in/b.wav", "b");
  ASSERT_TRUE(process.wait_for("the server does not answer"));
  server_.http().come_back();
  ASSERT_TRUE(process.wait_for("b.wav: done"));
  EXPECT_EQ(stop(process), 0);
  EXPECT_THAT(submitted(), ElementsAre("a.wav", "b.wav"));
}

TEST_F(ClientWatch, AJobThatTheServerForgotIsSentAgain) {
  old_recording("in/a.wav");
  server_.script("", held());
  fakes::ClientProcess process(watching());
  ASSERT_TRUE(process.wait_for("a.wav: running"));
  server_.forget_jobs();
  ASSERT_TRUE(process.wait_for("a.wav: sent again: the server does not know the job any more"));
  ASSERT_TRUE(process.wait_for("a.wav: running"));
  server_.complete_all();
  ASSERT_TRUE(process.wait_for("a.wav: done"));
  EXPECT_EQ(stop(process), 0);
}

TEST_F(ClientWatch, WhatFailsIsToldAndLeftUntilItChanges) {
  fakes::JobScript bad;
  bad.steps = {"failed"};
  server_.script("bad.wav", bad);
  old_recording("in/bad.wav", "bad");
  fakes::ClientProcess process(watching());
  ASSERT_TRUE(process.wait_for("bad.wav: failed: the recording cannot be decoded\n"));
  recording("in/good.wav", "good");
  ASSERT_TRUE(process.wait_for("good.wav: done"));
  EXPECT_EQ(posts(), 2U);
  server_.script("bad.wav", {});
  recording("in/bad.wav", "better");
  ASSERT_TRUE(process.wait_for("bad.wav: done"));
  EXPECT_EQ(stop(process), 0);
  EXPECT_EQ(posts(), 3U);
}

TEST_F(ClientWatch, WhatChangesWhileItIsTranscribedIsSentAgain) {
  server_.script("", held());
  old_recording("in/a.wav", "first take");
  fakes::ClientProcess process(watching());
  ASSERT_TRUE(process.wait_for("a.wav: running"));
  recording("in/a.wav", "the second take");
  ASSERT_TRUE(process.wait_for("a.wav: changed; sent again\n"));
  ASSERT_TRUE(process.wait_for("a.wav: running"));
  server_.complete_all();
  ASSERT_TRUE(process.wait_for("a.wav: done"));
  EXPECT_THAT(server_.jobs().at(1).form, HasSubstr("the second take"));
  recording("in/a.wav", "a third take");
  ASSERT_TRUE(process.wait_for("a.wav: changed after it was transcribed"));
  EXPECT_EQ(stop(process), 0);
  EXPECT_THAT(process.err(), testing::EndsWith("1 done\n"));
  EXPECT_EQ(posts(), 2U);
}

TEST_F(ClientWatch, TwoRecordingsAreNotWrittenIntoOneResult) {
  old_recording("in/talk.mp3", "one");
  old_recording("in/talk.wav", "two");
  {
    fakes::ClientProcess process(watching());
    ASSERT_TRUE(
        process.wait_for("talk.wav: failed: in/talk.txt is the result of in/talk.mp3 "
                         "(--keep-extension keeps them apart)\n"));
    ASSERT_TRUE(process.wait_for("talk.mp3: done"));
    EXPECT_EQ(stop(process), 0);
  }
  {
    // Whose result that is cannot be known any more, so there is nothing to tell.
    old_recording("in/mark.wav", "mark");
    fakes::ClientProcess process(watching());
    ASSERT_TRUE(process.wait_for("mark.wav: done"));
    EXPECT_EQ(stop(process), 0);
    EXPECT_THAT(process.err(), Not(HasSubstr("talk")));
  }
  fakes::ClientProcess process(watching({"--keep-extension"}));
  ASSERT_TRUE(process.wait_for("talk.wav: done, in/talk.wav.txt"));
  EXPECT_EQ(stop(process), 0);
}

TEST_F(ClientWatch, AnOverflowOfTheKernelsQueueLosesNothing) {
  std::ifstream limit_file("/proc/sys/fs/inotify/max_queued_events");
  long limit = 0;
  limit_file >> limit;
  if (limit <= 0 || limit > 200'000) GTEST_SKIP() << "a queue of " << limit << " takes too long";
  fakes::ClientProcess process(watching({"--settle", "0"}));
  ASSERT_TRUE(process.wait_for("watching"));
  process.signal(SIGSTOP);
  ASSERT_TRUE(process.wait_until_stopped());
  // Equal neighbours count once, so two take turns.
  for (long i = 0; i <= limit; ++i) {
    const fs::path path = folder_ / (i % 2 == 0 ? "in/a.tmp" : "in/b.tmp");
    ::close(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  }
  recording("in/unseen.wav", "unseen");
  process.signal(SIGCONT);
  ASSERT_TRUE(process.wait_for("more happened at once than the kernel could tell"));
  ASSERT_TRUE(process.wait_for("unseen.wav: done"));
  EXPECT_EQ(stop(process), 0);
}

TEST_F(ClientWatch, PollingFindsWhatInotifyDoesNotTell) {
  recording("outside.wav", "");
  fs::create_symlink("../outside.wav", folder_ / "in/link.wav");
  fakes::ClientProcess process(watching({"--settle", "0", "--poll", "1"}));
  ASSERT_TRUE(process.wait_for("watching"));
  recording("outside.wav", "filled where nobody watches");
  ASSERT_TRUE(process.wait_for("link.wav: done"));
  EXPECT_EQ(stop(process), 0);
}

TEST_F(ClientWatch, AWrongCallEndsAndALaterRefusalIsWaitedFor) {
  old_recording("in/a.wav");
  bool refuse = true;
  std::mutex mutex;
  server_.intercept(
      [](const ScriptedRequest&) {
        ScriptedAnswer answer = error_answer(400, "There is no model \"huge\".", "model");
        answer.headers["Retry-After"] = "0";
        return answer;
      },
      [&](const ScriptedRequest& request) {
        const std::lock_guard lock(mutex);
        return refuse && request.method == "POST";
      });
  const Ended wrong = run(watching());
  EXPECT_EQ(wrong.status, 2);
  EXPECT_THAT(wrong.err, HasSubstr("1 file was not submitted: There is no model \"huge\".\n"));
  const auto set = [&](bool value) {
    const std::lock_guard lock(mutex);
    refuse = value;
  };
  set(false);
  fakes::ClientProcess process(watching());
  ASSERT_TRUE(process.wait_for("a.wav: done"));
  set(true);
  recording("in/b.wav", "b");
  ASSERT_TRUE(process.wait_for("There is no model \"huge\".; trying again\n"));
  set(false);
  ASSERT_TRUE(process.wait_for("b.wav: done"));
  EXPECT_EQ(stop(process), 0);
}

TEST_F(ClientWatch, TheFolderItselfMayGo) {
  fakes::ClientProcess process(watching());
  ASSERT_TRUE(process.wait_for("watching"));
  fs::remove_all(folder_ / "in");
  EXPECT_EQ(process.wait(), 1);
  EXPECT_THAT(process.err(), HasSubstr("in is gone\n"));
  const Ended none = run(watching());
  EXPECT_EQ(none.status, 2);
  EXPECT_THAT(none.err, HasSubstr("in: is no folder to watch\n"));
}

TEST_F(ClientWatch, OnATerminalCtrlCEndsWithoutAQuestion) {
  old_recording("in/a.wav");
  server_.script("", held());
  fakes::ProcessSettings wanted = watching();
  wanted.terminal = true;
  fakes::ClientProcess process(wanted);
  ASSERT_TRUE(process.wait_for("in: 1 running"));
  process.type("\x03");
  EXPECT_EQ(process.wait(), 0);
  EXPECT_THAT(process.err(),
              AllOf(HasSubstr("1 job goes on in the server: job1"), Not(HasSubstr("[Y/n"))));
}

TEST_F(ClientWatch, CancelOnInterruptCancels) {
  old_recording("in/a.wav");
  server_.script("", held());
  fakes::ClientProcess process(watching({"--cancel-on-interrupt"}));
  ASSERT_TRUE(process.wait_for("a.wav: running"));
  EXPECT_EQ(stop(process), 0);
  EXPECT_THAT(process.err(), HasSubstr("1 job was cancelled\n"));
  EXPECT_EQ(server_.jobs().at(0).state, "cancelled");
}

TEST_F(ClientWatch, ProgramsGetAnObjectALine) {
  old_recording("in/a.wav");
  fakes::ClientProcess process(watching({"--json"}));
  ASSERT_TRUE(server_.wait_until([](const auto& requests) {
    return !requests.empty() && requests.back() == "GET /api/jobs/job1/transcript?format=txt";
  }));
  // The result is written within the same step, and an end waits for it.
  while (!exists("in/a.txt")) std::this_thread::yield();
  EXPECT_EQ(stop(process), 0);
  EXPECT_EQ(process.err(), "");
  EXPECT_THAT(process.out(),
              testing::StartsWith("{\"event\":\"notice\",\"message\":\"watching in"));
  EXPECT_THAT(process.out(), HasSubstr("{\"event\":\"done\",\"file\":\"in/a.wav\""));
  EXPECT_THAT(process.out(), HasSubstr("{\"event\":\"result\",\"done\":1,"));
}

}  // namespace
}  // namespace transcribed
