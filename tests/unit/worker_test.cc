// Warm workers: loading, several jobs after another, and every way they can misbehave.
#include <csignal>

#include <gtest/gtest.h>

#include "tests/fakes/scheduler_bench.h"

namespace transcribed {
namespace {

using namespace std::chrono_literals;
using core::JobState;
using fakes::SchedulerBench;

constexpr const char* ready =
    R"({"type":"ready","engine":"fake","version":"1","vram_mb":0,"ram_mb":10})"
    "\n";

std::string line(const std::string& type, core::JobId id, const std::string& rest = "") {
  return R"({"type":")" + type + R"(","job":")" + id.to_string() + "\"" + rest + "}\n";
}
std::string done(core::JobId id) {
  return line("done", id, R"(,"language":"en","duration_s":12.5)");
}

class WorkerTest : public testing::Test {
 protected:
  WorkerTest() {
    box.add_worker("w");
    box.options.default_model = "w";
    box.start();
  }
  void print(std::size_t process, const std::string& text) {
    box.launcher.launched.at(process)->print(text);
    box.settle();
  }
  core::Failure last_loss(core::JobId id) { return box.view(id).job.lost.back().failure; }

  SchedulerBench box;
};

TEST_F(WorkerTest, IsToldOfTheModelForVoiceActivity) {
  box.crash();
  box.options.models["w"].vad_file = "/models/vad.bin";
  box.start();
  box.submit();
  EXPECT_NE(box.launcher.last().take_received().find("\"vad_file\":\"/models/vad.bin\""),
            std::string::npos);
}

TEST_F(WorkerTest, LoadsOnceTakesJobsAndStaysWarm) {
  const auto first = box.submit();
  EXPECT_EQ(box.view(first).reason->code, "starting");
  ASSERT_EQ(box.launcher.launched.size(), 1u);
  EXPECT_NE(box.launcher.last().take_received().find("\"load\""), std::string::npos);
  print(0, ready);
  EXPECT_NE(box.launcher.last().take_received().find(first.to_string()), std::string::npos);
  EXPECT_EQ(box.view(first).reason, std::nullopt);
  print(0, line("progress", first, R"(,"done_s":5,"total_s":20)"));
  EXPECT_DOUBLE_EQ(box.view(first).progress, 0.25);
  print(0, line("segment", first, R"(,"id":0,"start":0,"end":2.5,"text":" hi")") + done(first));
  EXPECT_EQ(box.state(first), JobState::completed);
  EXPECT_EQ(box.view(first).job.language, "en");
  EXPECT_EQ(box.view(first).job.audio_seconds, 12.5);
  EXPECT_EQ(box.slots_used(), (std::vector{0, 0}));

  const auto second = box.submit();
  EXPECT_EQ(box.launcher.launched.size(), 1u);
  EXPECT_NE(box.launcher.last().take_received().find(second.to_string()), std::string::npos);
}

TEST_F(WorkerTest, OutputCutAnywhereIsPutTogether) {
  const auto id = box.submit();
  for (char c : std::string(ready) + done(id)) box.launcher.last().print(std::string(1, c));
  box.settle();
  EXPECT_EQ(box.state(id), JobState::completed);
}

TEST_F(WorkerTest, ACrashCostsTheAttemptAndTheSlotComesBack) {
  const auto id = box.submit();
  print(0, ready);
  box.launcher.launched[0]->print_error("segfault in layer 3\n");
  box.launcher.launched[0]->die(SIGSEGV);
  box.settle();
  EXPECT_EQ(box.launcher.launched.size(), 2u);
  EXPECT_EQ(last_loss(id).kind, core::FailureKind::engine_crashed);
  EXPECT_NE(last_loss(id).message.find("segfault in layer 3"), std::string::npos);
  print(1, ready + done(id));
  EXPECT_EQ(box.state(id), JobState::completed);
  EXPECT_EQ(box.view(id).job.attempt, 2);
}

TEST_F(WorkerTest, SilenceEndsItAsATree) {
  const auto id = box.submit();
  print(0, ready);
  box.advance(299s);
  print(0, line("progress", id, R"(,"done_s":1,"total_s":9)"));
  box.advance(299s);
  EXPECT_FALSE(box.launcher.last().asked_to_end);
  box.advance(2s);
  EXPECT_TRUE(box.launcher.last().asked_to_end);
  EXPECT_EQ(box.slots_used()[0], 1) << "the slot is free only once the tree is gone";
  box.launcher.last().die(SIGKILL);
  box.settle();
  EXPECT_EQ(last_loss(id).kind, core::FailureKind::engine_hung);
}

TEST_F(WorkerTest, SilenceWhileLoadingEndsItToo) {
  const auto id = box.submit();
  box.advance(301s);
  EXPECT_TRUE(box.launcher.last().asked_to_end);
  box.launcher.last().die(SIGTERM);
  box.settle();
  EXPECT_NE(last_loss(id).message.find("while it loaded"), std::string::npos);
}

TEST_F(WorkerTest, NonsenseEndsIt) {
  const auto id = box.submit();
  print(0, ready);
  print(0, "Loading checkpoint shards: 100%\n");
  EXPECT_TRUE(box.launcher.last().asked_to_end);
  box.launcher.launched[0]->die(SIGTERM);
  box.settle();
  EXPECT_EQ(last_loss(id).kind, core::FailureKind::engine_protocol);
}

TEST_F(WorkerTest, ALineWithoutAnEndIsAFlood) {
  const auto id = box.submit();
  print(0, ready);
  for (int i = 0; i < 20; ++i) box.launcher.launched[0]->print(std::string(65536, 'x'));
  EXPECT_TRUE(box.launcher.launched[0]->asked_to_end);
  box.launcher.launched[0]->die(SIGTERM);
  box.settle();
  EXPECT_EQ(last_loss(id).kind, core::FailureKind::engine_protocol);
}

TEST_F(WorkerTest, EndlessWellFormedOutputIsAFlood) {
  const auto id = box.submit();
  print(0, ready);
  std::string many;
  for (int i = 0; i < 1000; ++i) many += line("progress", id, R"(,"done_s":1,"total_s":9)");
  const auto process = box.launcher.launched[0];
  int rounds = 0;
  while (!process->asked_to_end && ++rounds < 10000) process->print(many);
  EXPECT_TRUE(process->asked_to_end);
}

TEST_F(WorkerTest, AVerdictFailsTheJobAndKeepsTheWorker) {
  const auto bad = box.submit();
  print(0, ready);
  print(0, line("failed", bad, R"(,"kind":"bad_media","message":"not a recording")"));
  EXPECT_EQ(box.state(bad), JobState::failed);
  EXPECT_EQ(box.view(bad).job.failure->message, "not a recording");
  const auto good = box.submit();
  EXPECT_EQ(box.launcher.launched.size(), 1u);
  print(0, done(good));
  EXPECT_EQ(box.state(good), JobState::completed);
}

TEST_F(WorkerTest, OutOfMemoryCostsTheAttemptAndKeepsTheWorker) {
  const auto id = box.submit();
  print(0, ready);
  print(0, line("failed", id, R"(,"kind":"out_of_memory","message":"no VRAM")"));
  EXPECT_EQ(last_loss(id).kind, core::FailureKind::out_of_memory);
  EXPECT_EQ(box.view(id).job.attempt, 2);
  print(0, done(id));
  EXPECT_EQ(box.state(id), JobState::completed);
}

TEST_F(WorkerTest, AModelThatDoesNotLoadFailsTheJob) {
  const auto id = box.submit();
  print(0, R"({"type":"failed","kind":"internal","message":"no such file /m.bin"})"
           "\n");
  EXPECT_TRUE(box.launcher.last().asked_to_end);
  box.launcher.last().exit(1);
  box.settle();
  EXPECT_EQ(box.state(id), JobState::failed);
  EXPECT_NE(box.view(id).job.failure->message.find("no such file /m.bin"), std::string::npos);
}

TEST_F(WorkerTest, AnAcknowledgedCancelReleasesAndKeepsTheWorker) {
  const auto id = box.submit();
  print(0, ready);
  box.cancel(id);
  EXPECT_NE(box.launcher.last().take_received().find("\"cancel\""), std::string::npos);
  EXPECT_EQ(box.slots_used()[0], 1);
  print(0, line("cancelled", id));
  EXPECT_EQ(box.state(id), JobState::cancelled);
  EXPECT_EQ(box.slots_used()[0], 0);
  EXPECT_FALSE(box.launcher.last().asked_to_end);
}

TEST_F(WorkerTest, ACancelThatIsNotObeyedEndsTheTree) {
  const auto id = box.submit();
  print(0, ready);
  box.cancel(id);
  box.advance(6s);
  EXPECT_TRUE(box.launcher.last().asked_to_end);
  box.launcher.last().die(SIGKILL);
  box.settle();
  EXPECT_EQ(box.state(id), JobState::cancelled);
}

TEST_F(WorkerTest, ACancelWhileTheModelLoadsIsObeyedAtOnce) {
  const auto id = box.submit();
  box.cancel(id);
  EXPECT_EQ(box.state(id), JobState::cancelled);
  EXPECT_EQ(box.slots_used()[0], 0);
  const auto next = box.submit();
  EXPECT_EQ(box.launcher.launched.size(), 1u);
  print(0, ready + done(next));
  EXPECT_EQ(box.state(next), JobState::completed);
}

TEST_F(WorkerTest, ALateWordAboutAnEndedJobChangesNothing) {
  const auto id = box.submit();
  print(0, ready);
  print(0, done(id));
  print(0, line("failed", id, R"(,"kind":"internal","message":"late")"));
  print(0, line("segment", id, R"(,"id":1,"start":0,"end":1,"text":"late")"));
  EXPECT_EQ(box.state(id), JobState::completed);
  EXPECT_FALSE(box.launcher.last().asked_to_end);
}

TEST_F(WorkerTest, AnIdleWorkerIsEndedAfterItsTime) {
  const auto id = box.submit();
  print(0, ready + done(id));
  box.advance(599s);
  EXPECT_FALSE(box.launcher.last().asked_to_end);
  box.advance(2s);
  EXPECT_TRUE(box.launcher.last().asked_to_end);
}

TEST_F(WorkerTest, AnIdleWorkerYieldsToAnotherModelThatNeedsItsMemory) {
  std::vector<core::JobId> ids = box.submit_many(5);
  for (std::size_t i = 0; i < 5; ++i) print(i, ready);
  for (std::size_t i = 0; i < 5; ++i) {
    for (const auto id : ids) box.launcher.launched[i]->print(done(id));
  }
  box.settle();
  ASSERT_EQ(box.slots_used(), (std::vector{0, 0}));
  const auto other = box.submit("cmd");
  EXPECT_EQ(box.process_of(other), nullptr) << "it starts after that worker is gone";
  EXPECT_EQ(box.slots_used(), (std::vector{1, 0})) << "but holds its slot";
  const auto leaving =
      std::ranges::find_if(box.launcher.launched, [](const auto& p) { return p->asked_to_end; });
  ASSERT_NE(leaving, box.launcher.launched.end());
  const auto keep = *leaving;
  keep->exit(0);
  box.settle();
  EXPECT_NE(box.process_of(other), nullptr);
  box.exit(other);
  EXPECT_EQ(box.state(other), JobState::completed);
}

TEST_F(WorkerTest, AJobThatWaitsForAWorkerToLeaveCanBeCancelled) {
  std::vector<core::JobId> ids = box.submit_many(5);
  for (std::size_t i = 0; i < 5; ++i) print(i, ready);
  for (std::size_t i = 0; i < 5; ++i) {
    for (const auto id : ids) box.launcher.launched[i]->print(done(id));
  }
  box.settle();
  const auto other = box.submit("cmd");
  box.cancel(other);
  EXPECT_EQ(box.state(other), JobState::cancelled);
  EXPECT_EQ(box.slots_used(), (std::vector{0, 0}));
}

TEST_F(WorkerTest, IdleWorkersYieldWhenRamIsShort) {
  const auto first = box.submit();
  print(0, ready + done(first));
  box.memory.available_mb = 3000;
  box.advance(1s);
  const auto other = box.submit("cmd");
  EXPECT_TRUE(box.launcher.launched[0]->asked_to_end);
  box.memory.available_mb = 6000;  // what its end gives back
  box.launcher.launched[0]->exit(0);
  box.settle();
  EXPECT_EQ(box.state(other), JobState::running);
}

TEST_F(WorkerTest, SeveralJobsInOneProcessAreAllLostWithIt) {
  box.crash();
  box.options.models["w"].jobs_per_process = 3;
  box.start();
  const auto ids = box.submit_many(3);
  ASSERT_EQ(box.launcher.launched.size(), 2u) << "GPU 0 twice in one process, GPU 1 once";
  print(0, ready);
  box.launcher.launched[0]->die(SIGABRT);
  box.settle();
  int lost = 0;
  for (const auto id : ids) lost += static_cast<int>(box.view(id).job.lost.size());
  EXPECT_EQ(lost, 2);
}

}  // namespace
}  // namespace transcribed
