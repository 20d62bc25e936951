// SIGTERM and the second one, in virtual time.
#include <gtest/gtest.h>

#include "tests/fakes/scheduler_bench.h"

namespace transcribed {
namespace {

using namespace std::chrono_literals;
using core::JobState;
using fakes::SchedulerBench;

class Drain : public testing::Test {
 protected:
  void drain(std::chrono::milliseconds limit = 30s) {
    box.manager->drain(limit, [this] { drained = true; });
    box.settle();
  }
  SchedulerBench box;
  bool drained = false;
};

TEST_F(Drain, AnIdleDaemonIsDoneAtOnce) {
  box.start();
  drain();
  EXPECT_TRUE(drained);
}

TEST_F(Drain, FinishesWhatRunsAndTakesNothingNew) {
  box.start();
  const auto ids = box.submit_many(6);
  drain();
  EXPECT_FALSE(drained);
  EXPECT_FALSE(box.manager->readiness().ready);
  box.submit();
  ASSERT_TRUE(box.refusal);
  EXPECT_EQ(box.refusal->why, scheduler::Refusal::Why::draining);
  for (int i = 0; i < 5; ++i) box.exit(ids[i]);
  EXPECT_TRUE(drained);
  EXPECT_EQ(box.process_of(ids[5]), nullptr);
  EXPECT_EQ(box.state(ids[0]), JobState::completed);
}

TEST_F(Drain, RequeuesWhatRunsAtTheLimitWithoutCountingALoss) {
  box.start();
  const auto id = box.submit();
  drain();
  box.advance(29s);
  EXPECT_FALSE(box.process_of(id)->asked_to_end);
  box.advance(2s);
  EXPECT_TRUE(box.process_of(id)->asked_to_end);
  box.process_of(id)->die(15);
  box.settle();
  EXPECT_TRUE(drained);
  EXPECT_EQ(
      box.logged("INFO: Job " + id.to_string() + " requeued, GPU 0 slot released (0/3 now used)"),
      1);
  box.crash();
  box.start();
  EXPECT_EQ(box.state(id), JobState::running);
  EXPECT_TRUE(box.view(id).job.lost.empty());
}

TEST_F(Drain, ASecondSignalStopsAtOnce) {
  box.start();
  const auto id = box.submit();
  drain();
  box.manager->stop_now();
  box.settle();
  EXPECT_TRUE(box.process_of(id)->asked_to_end);
  box.process_of(id)->die(9);
  box.settle();
  EXPECT_TRUE(drained);
}

TEST_F(Drain, EndsWarmWorkers) {
  box.add_worker("w");
  box.start();
  const auto id = box.submit("w");
  box.launcher.last().print(R"({"type":"ready","engine":"fake","version":"1"})"
                            "\n");
  box.launcher.last().print(R"({"type":"done","job":")" + id.to_string() +
                            R"(","language":"en","duration_s":1})"
                            "\n");
  box.settle();
  drain();
  EXPECT_FALSE(drained);
  EXPECT_TRUE(box.launcher.last().asked_to_end);
  box.launcher.last().exit(0);
  box.settle();
  EXPECT_TRUE(drained);
}

TEST_F(Drain, IsNotHeldUpByWhatCannotBeKilled) {
  box.start();
  const auto id = box.submit();
  drain(1s);
  box.advance(2s);
  box.process_of(id)->end(
      {.how = ports::ProcessEnd::How::unkillable, .status = 0, .message = {}, .result = {}});
  box.settle();
  EXPECT_TRUE(drained);
  box.crash();
  EXPECT_EQ(std::ranges::count_if(
                box.lines,
                [](const std::string& line) { return line.find("slot released") != line.npos; }),
            0)
      << "its process is still there";
}

TEST_F(Drain, IsNotHeldUpByADiskThatStaysFull) {
  box.start();
  const auto id = box.submit();
  drain();
  box.store->fail_writes_with = ports::WriteResult::disk_full;
  box.exit(id);
  EXPECT_TRUE(drained);
  box.crash();
  box.start();
  EXPECT_EQ(box.state(id), JobState::running) << "it runs again rather than being lost";
}

}  // namespace
}  // namespace transcribed
