// A process that cannot be killed keeps what it holds, and is in nobody's way beyond that.
#include <gtest/gtest.h>

#include "tests/fakes/ledger_bench.h"

namespace transcribed {
namespace {

using core::JobState;
using fakes::LedgerBench;
using fakes::one_gpu;

TEST(Unkillable, IsNoCompanyForAJobThatMustRunAlone) {
  LedgerBench box(one_gpu());
  box.start();
  const auto ids = box.submit_many(2);
  box.ready(0);
  box.out_of_memory(0, ids[0]);
  ASSERT_EQ(box.state(ids[0]), JobState::queued) << "the other is still there";
  box.cannot_be_killed(0);
  EXPECT_EQ(box.state(ids[0]), JobState::running);
  EXPECT_EQ(box.manager->status().gpus[0].slots_quarantined, 1);
  EXPECT_EQ(box.reason(ids[1]), "GPU 0 is kept for a job that must run alone");
  box.ready(1);
  box.done(1, ids[0]);
  EXPECT_EQ(box.state(ids[1]), JobState::running);
}

TEST(Unkillable, DoesNotKeepItsGpuForAJobThatWasAlone) {
  LedgerBench box(one_gpu());
  box.start();
  const auto id = box.submit();
  box.ready(0);
  box.out_of_memory(0, id);
  ASSERT_EQ(box.view(id).job.attempt, 2);
  box.cannot_be_killed(0);
  EXPECT_EQ(box.view(id).job.attempt, 3);
  EXPECT_EQ(box.state(id), JobState::running);
}

TEST(Unkillable, AJobThatWasToRunAloneOnItsGpuMayTakeAnother) {
  LedgerBench box(fakes::reference_box(), {},
                  {{0, {.enabled = true, .slots = 1}}, {1, {.enabled = true, .slots = 1}}});
  box.start();
  const auto id = box.submit();
  ASSERT_EQ(box.gpu_of(id), 0);
  box.ready(0);
  box.out_of_memory(0, id);
  ASSERT_EQ(box.gpu_of(id), 0) << "alone";
  box.cannot_be_killed(0);
  EXPECT_EQ(box.gpu_of(id), 1);
  EXPECT_EQ(box.slots_used(), (std::vector{1, 1}));
}

TEST(Unkillable, ItsWeightsAreNotShared) {
  LedgerBench box(one_gpu(6000));  // 4,000 for jobs
  box.start();
  const auto ids = box.submit_many(2);
  box.ready(0);
  box.done(0, ids[1]);
  box.cannot_be_killed(0);
  EXPECT_EQ(box.state(ids[0]), JobState::queued);
  EXPECT_EQ(box.reason(ids[0]), "GPU 0 has 1800 of 2200 MB free for a medium job");
  EXPECT_EQ(box.manager->status().gpus[0].vram_used_mb, 2200);
  EXPECT_EQ(box.manager->status().gpus[0].loaded[0].vram_mb, 2200);
  box.launcher.launched[0]->exit(0);
  box.settle();
  EXPECT_EQ(box.state(ids[0]), JobState::running);
  EXPECT_EQ(box.processes(), 2u);
}

TEST(Unkillable, ItsWeightsAreCountedOnceForAllItsJobs) {
  LedgerBench box(one_gpu());
  box.start();
  box.submit_many(3);
  box.ready(0);
  box.cannot_be_killed(0);
  const auto status = box.manager->status();
  EXPECT_EQ(status.gpus[0].slots_quarantined, 3);
  EXPECT_EQ(box.processes(), 2u);
  EXPECT_EQ(status.gpus[0].vram_used_mb, 2 * (1500 + 3 * 700)) << "those jobs, and their next try";
}

TEST(Unkillable, AnIdleProcessIsNotWaitedFor) {
  LedgerBench box(one_gpu(6000));
  box.add_command("big").vram_mb = 3500;
  box.start();
  const auto medium = box.submit();
  box.ready(0);
  box.done(0, medium);
  const auto big = box.submit("big");
  ASSERT_TRUE(box.launcher.launched[0]->asked_to_end);
  ASSERT_EQ(box.process_of(big), nullptr);
  box.cannot_be_killed(0);
  EXPECT_NE(box.process_of(big), nullptr) << "waiting would be for ever";
}

}  // namespace
}  // namespace transcribed
