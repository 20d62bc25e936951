// Many jobs in one process: what one of them does to the others, and what a crash costs.
#include <csignal>

#include <gtest/gtest.h>

#include "tests/fakes/ledger_bench.h"

namespace transcribed {
namespace {

using namespace std::chrono_literals;
using core::JobState;
using fakes::LedgerBench;
using fakes::one_gpu;

TEST(SharedProcess, ACancelOfOneJobDoesNotHurtTheOthers) {
  LedgerBench box(one_gpu());
  box.start();
  const auto ids = box.submit_many(3);
  box.ready(0);
  box.cancel(ids[1]);
  box.print(0, LedgerBench::word("cancelled", ids[1]));
  EXPECT_EQ(box.state(ids[1]), JobState::cancelled);
  EXPECT_EQ(box.slots_used(), (std::vector{2}));
  EXPECT_FALSE(box.launcher.launched[0]->asked_to_end);
  box.done(0, ids[0]);
  box.done(0, ids[2]);
  EXPECT_EQ(box.state(ids[0]), JobState::completed);
  EXPECT_EQ(box.state(ids[2]), JobState::completed);
  EXPECT_TRUE(box.view(ids[2]).job.lost.empty());
}

TEST(SharedProcess, ACancelThatTakesItsTimeDoesNotHurtTheOthersEither) {
  LedgerBench box(one_gpu());
  box.start();
  const auto ids = box.submit_many(3);
  box.ready(0);
  box.cancel(ids[1]);
  for (int i = 0; i < 12; ++i) {
    box.advance(5s);
    box.print(0, LedgerBench::word("progress", ids[0], R"(,"done_s":1)"));
  }
  EXPECT_FALSE(box.launcher.launched[0]->asked_to_end) << "a minute for a step of a large model";
  EXPECT_EQ(box.slots_used(), (std::vector{3})) << "its memory is not free yet";
  box.print(0, LedgerBench::word("cancelled", ids[1]));
  EXPECT_EQ(box.state(ids[1]), JobState::cancelled);
  box.done(0, ids[0]);
  box.done(0, ids[2]);
  EXPECT_EQ(box.state(ids[0]), JobState::completed);
  EXPECT_TRUE(box.view(ids[2]).job.lost.empty());
}

TEST(SharedProcess, OnceNobodyElseNeedsItACancelThatIsNotObeyedEndsIt) {
  LedgerBench box(one_gpu());
  box.start();
  const auto ids = box.submit_many(3);
  box.ready(0);
  box.cancel(ids[0]);
  box.cancel(ids[1]);
  box.advance(20s);
  EXPECT_FALSE(box.launcher.launched[0]->asked_to_end);
  box.done(0, ids[2]);
  box.advance(6s);
  EXPECT_TRUE(box.launcher.launched[0]->asked_to_end);
  box.die(0, SIGKILL);
  EXPECT_EQ(box.state(ids[0]), JobState::cancelled);
  EXPECT_EQ(box.state(ids[1]), JobState::cancelled);
}

TEST(SharedProcess, WhoCancelsIsToldAfterTenSecondsThatItGoesOn) {
  LedgerBench box(one_gpu());
  box.start();
  const auto ids = box.submit_many(2);
  box.ready(0);
  EXPECT_EQ(box.cancel(ids[0]), std::nullopt);
  EXPECT_EQ(box.answers, 0);
  box.advance(10s);
  EXPECT_EQ(box.answers, 1);
  EXPECT_EQ(box.state(ids[0]), JobState::running);
  EXPECT_EQ(box.reason(ids[0]), "being cancelled");
  box.cancel(ids[0]);
  box.print(0, LedgerBench::word("cancelled", ids[0]));
  EXPECT_EQ(box.answers, 2) << "whoever asks again waits for the end again";
  EXPECT_EQ(box.state(ids[0]), JobState::cancelled);
}

TEST(SharedProcess, ACrashLosesEveryAttemptInItAndAllAreRescued) {
  LedgerBench box(one_gpu());
  box.start();
  const auto ids = box.submit_many(4);
  box.ready(0);
  box.done(0, ids[0]);
  box.die(0);
  EXPECT_EQ(box.processes(), 2u) << "one new process for the three";
  EXPECT_EQ(box.slots_used(), (std::vector{3}));
  for (std::size_t i = 1; i < 4; ++i) {
    ASSERT_EQ(box.view(ids[i]).job.lost.size(), 1u);
    EXPECT_EQ(box.view(ids[i]).job.lost[0].gpu_id, 0);
  }
  box.ready(1);
  for (std::size_t i = 1; i < 4; ++i) box.done(1, ids[i]);
  for (const auto id : ids) EXPECT_EQ(box.state(id), JobState::completed);
}

TEST(SharedProcess, AJobThatWasThereAtTwoCrashesRunsAloneTheThirdTime) {
  LedgerBench box(one_gpu());
  box.start();
  const auto ids = box.submit_many(2);
  box.ready(0);
  box.die(0);
  const auto later = box.submit();
  box.ready(1);
  box.done(1, later);
  box.die(1);
  // Both were there twice: one after the other, each alone.
  EXPECT_EQ(box.slots_used(), (std::vector{1}));
  EXPECT_EQ(box.state(ids[0]), JobState::running);
  EXPECT_EQ(box.reason(ids[1]),
            "waiting for a GPU to itself, because of how earlier attempts ended (1 job running)");
  const auto behind = box.submit();
  EXPECT_EQ(box.state(behind), JobState::queued);
  box.ready(2);
  box.done(2, ids[0]);
  EXPECT_EQ(box.state(ids[0]), JobState::completed) << "it was not the one";
  EXPECT_EQ(box.state(ids[1]), JobState::running);
  EXPECT_EQ(box.slots_used(), (std::vector{1})) << "and nobody beside it";
  box.die(2);
  EXPECT_EQ(box.state(ids[1]), JobState::failed) << "the third loss is the last";
  EXPECT_EQ(box.view(ids[1]).job.lost.size(), 3u);
  EXPECT_EQ(box.state(behind), JobState::running);
}

TEST(SharedProcess, OnTwoGpusThoseThatMustBeAloneTakeOneEach) {
  LedgerBench box;
  box.start();
  const auto ids = box.submit_many(2);
  ASSERT_EQ(box.gpu_of(ids[0]), 0);
  ASSERT_EQ(box.gpu_of(ids[1]), 0);
  box.die(0);
  ASSERT_EQ(box.processes(), 2u);
  box.die(1);
  EXPECT_EQ(box.gpu_of(ids[0]), 0);
  EXPECT_EQ(box.gpu_of(ids[1]), 1);
  EXPECT_EQ(box.slots_used(), (std::vector{1, 1}));
  const auto third = box.submit();
  EXPECT_EQ(box.reason(third),
            "GPU 0 is kept for a job that must run alone, GPU 1 is kept for a job that must run "
            "alone");
}

TEST(SharedProcess, IsNeverDoubledOnAGpuWhileItIsLoading) {
  LedgerBench box(one_gpu());
  box.start();
  box.submit_many(5);
  EXPECT_EQ(box.processes(), 1u);
  box.ready(0);
  box.submit_many(3);
  EXPECT_EQ(box.processes(), 1u);
  EXPECT_EQ(box.slots_used(), (std::vector{8}));
}

TEST(SharedProcess, RamPromisesOfItsJobsAreMeasuredAgainstItOnce) {
  core::ResourcePolicy policy = fakes::ledger_policy();
  policy.ram_per_job_mb = 2000;
  LedgerBench box(one_gpu(), policy);
  box.memory.available_mb = 30000;
  box.start();
  box.submit_many(3);
  box.ready(0);
  EXPECT_EQ(box.manager->status().system_ram_promised_mb, 6000);
  box.memory.tree_mb[box.launcher.launched[0]->root] = 2500;
  box.advance(1s);
  EXPECT_EQ(box.manager->status().system_ram_promised_mb, 3500);
  box.advance(30s);
  EXPECT_EQ(box.manager->status().system_ram_promised_mb, 0);
}

}  // namespace
}  // namespace transcribed
