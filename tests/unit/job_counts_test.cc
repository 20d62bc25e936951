// What the scheduler tells to be counted, in virtual time.
#include <gtest/gtest.h>

#include "http/job_counts.h"
#include "tests/fakes/scheduler_bench.h"

namespace transcribed {
namespace {

using namespace std::chrono_literals;
using core::FailureKind;
using core::JobState;
using core::LineWait;
using How = scheduler::EngineOutcome::How;

class JobCountsTest : public testing::Test {
 protected:
  JobCountsTest() { box.options.observer = &counts; }

  std::uint64_t ended(JobState state) const {
    return counts.view().ended.at(static_cast<std::size_t>(state));
  }
  std::uint64_t attempts(How how) const {
    return counts.view().attempts_ended.at(static_cast<std::size_t>(how));
  }
  std::uint64_t failed(FailureKind kind) const {
    return counts.view().failed.at(static_cast<std::size_t>(kind));
  }
  std::uint64_t lost(FailureKind kind) const {
    return counts.view().attempts_lost.at(static_cast<std::size_t>(kind));
  }
  double waited_for(LineWait what) const {
    return counts.view().waited_for.at(static_cast<std::size_t>(what)).sum();
  }
  static std::uint64_t count_of(const http::Histogram& histogram) {
    std::uint64_t sum = 0;
    for (const std::uint64_t count : histogram.counts()) sum += count;
    return sum;
  }
  double blocked_by(LineWait what) {
    return box.manager->status().line_waits.at(static_cast<std::size_t>(what));
  }

  http::JobCounts counts;
  fakes::SchedulerBench box;
};

TEST_F(JobCountsTest, AJobWaitsForWhatTheHeadOfItsLineWaitsFor) {
  box.start();
  const auto ids = box.submit_many(7);  // five run
  EXPECT_EQ(counts.view().submitted, 7U);
  EXPECT_EQ(counts.view().in_line.sum(), 0);
  box.advance(30s);
  box.exit(ids[0]);  // the sixth starts
  EXPECT_DOUBLE_EQ(waited_for(LineWait::slot), 30);
  box.advance(10s);
  EXPECT_DOUBLE_EQ(blocked_by(LineWait::slot), 40);
  box.exit(ids[1]);  // the seventh, which was behind the sixth
  EXPECT_DOUBLE_EQ(waited_for(LineWait::slot), 30 + 40);
  EXPECT_DOUBLE_EQ(waited_for(LineWait::ram), 0);
  EXPECT_DOUBLE_EQ(counts.view().in_line.sum(), 30 + 40);
  EXPECT_EQ(count_of(counts.view().in_line), 7U);
  EXPECT_EQ(count_of(counts.view().waited_for[0]), 7U) << "those that did not wait count, too";
  box.advance(100s);
  EXPECT_DOUBLE_EQ(blocked_by(LineWait::slot), 40) << "nobody waits";
}

TEST_F(JobCountsTest, AWaitForRamIsToldFromOneForASlot) {
  box.memory.available_mb = 1000;
  box.start();
  box.submit();
  box.advance(20s);
  EXPECT_DOUBLE_EQ(blocked_by(LineWait::ram), 20);
  EXPECT_EQ(count_of(counts.view().in_line), 0U);
  box.memory.available_mb = 24500;
  box.advance(1s);  // it looks once a second
  EXPECT_DOUBLE_EQ(waited_for(LineWait::ram), 21);
  EXPECT_DOUBLE_EQ(waited_for(LineWait::slot), 0);
}

TEST_F(JobCountsTest, ARetriedJobWaitsAnew) {
  box.start();
  const auto id = box.submit();
  box.exit(id, 1);
  EXPECT_EQ(failed(FailureKind::command_failed), 1U);
  box.advance(3600s);
  box.retry(id);
  EXPECT_EQ(box.state(id), JobState::running);
  EXPECT_DOUBLE_EQ(counts.view().in_line.sum(), 0);
  EXPECT_EQ(counts.view().submitted, 1U);
}

TEST_F(JobCountsTest, EndsAreCountedByHowTheyCame) {
  box.start();
  const auto ids = box.submit_many(7);
  box.exit(ids[0]);
  box.exit(ids[1], 1);
  box.cancel(ids[2]);
  box.process_of(ids[2])->die(15);
  box.settle();
  box.submit_many(3);
  const auto last = box.submit();
  box.cancel(last);  // in line
  EXPECT_EQ(ended(JobState::completed), 1U);
  EXPECT_EQ(ended(JobState::failed), 1U);
  EXPECT_EQ(ended(JobState::cancelled), 2U);
  EXPECT_EQ(attempts(How::completed), 1U);
  EXPECT_EQ(attempts(How::failed), 1U);
  EXPECT_EQ(attempts(How::cancelled), 1U) << "the one in line never had an attempt";
  EXPECT_EQ(failed(FailureKind::command_failed), 1U);
}

TEST_F(JobCountsTest, LostAttemptsAreCountedOneByOneAndTheJobOnce) {
  box.start();
  const auto id = box.submit();
  for (int i = 0; i < 3; ++i) {
    box.process_of(id)->die(9);
    box.settle();
  }
  EXPECT_EQ(box.state(id), JobState::failed);
  EXPECT_EQ(attempts(How::lost), 3U);
  EXPECT_EQ(lost(FailureKind::engine_crashed), 3U);
  EXPECT_EQ(ended(JobState::failed), 1U);
  EXPECT_EQ(failed(FailureKind::engine_crashed), 1U);
  std::uint64_t started = 0;
  for (const auto& [key, there] : counts.view().on_gpu) started += there.started;
  EXPECT_EQ(started, 3U);
}

TEST_F(JobCountsTest, AnAttemptLostWithTheDaemonIsCountedAtTheNextStart) {
  box.start();
  box.submit();
  box.crash();
  box.start();
  EXPECT_EQ(lost(FailureKind::daemon_lost), 1U);
  // When it was queued again, the new daemon does not know from its disk, but it did it itself.
  EXPECT_EQ(count_of(counts.view().in_line), 2U);
}

TEST_F(JobCountsTest, TheRealTimeFactorCountsFromWhenTheEngineWasTold) {
  box.add_worker("w");
  box.start();
  const auto id = box.submit("w");
  box.advance(50s);  // the model is being loaded
  box.launcher.last().print(
      R"({"type":"ready","engine":"fake","version":"1","vram_mb":0,"ram_mb":10})"
      "\n");
  box.advance(3s);
  box.launcher.last().print(R"({"type":"done","job":")" + id.to_string() +
                            R"(","language":"en","duration_s":60})"
                            "\n");
  box.settle();
  ASSERT_EQ(box.state(id), JobState::completed);
  const auto& there = counts.view().on_gpu.at({"w", 0});
  EXPECT_EQ(there.started, 1U);
  EXPECT_DOUBLE_EQ(there.audio_s, 60);
  EXPECT_DOUBLE_EQ(there.real_time_factor.sum(), 3.0 / 60);
}

TEST_F(JobCountsTest, OfAnUnknownLengthThereIsNoRealTimeFactor) {
  box.start();
  const auto id = box.submit();
  box.exit(id);  // a command that printed nothing
  ASSERT_EQ(box.state(id), JobState::completed);
  EXPECT_EQ(count_of(counts.view().on_gpu.at({"cmd", 0}).real_time_factor), 0U);
}

TEST_F(JobCountsTest, AJobReadFromDiskWaitsSinceItsSubmission) {
  box.start();
  const auto ids = box.submit_many(6);
  box.crash();
  box.clock.advance(100s);
  box.start();  // the five that ran, run again; the sixth has had no attempt yet
  ASSERT_EQ(box.manager->status().pending_jobs, 1);
  const double before = counts.view().in_line.sum();
  box.advance(5s);
  box.exit(ids[0]);
  EXPECT_EQ(box.state(ids[5]), JobState::running);
  EXPECT_DOUBLE_EQ(counts.view().in_line.sum() - before, 100 + 5);
}

}  // namespace
}  // namespace transcribed
