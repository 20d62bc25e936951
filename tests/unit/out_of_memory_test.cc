// The ladder of a job that ran out of memory: again alone on that GPU, alone on another, failed;
// and what the ledger learns from it.
#include <gtest/gtest.h>

#include "tests/fakes/ledger_bench.h"

namespace transcribed {
namespace {

using core::FailureKind;
using core::JobState;
using fakes::LedgerBench;
using fakes::one_gpu;

TEST(OutOfMemory, OnTwoGpusAloneOnTheFirstThenAloneOnTheOtherThenFailed) {
  LedgerBench box;
  box.start();
  const auto ids = box.submit_many(2);
  ASSERT_EQ(box.gpu_of(ids[0]), 0);
  ASSERT_EQ(box.gpu_of(ids[1]), 0);
  box.ready(0);
  box.out_of_memory(0, ids[0]);
  EXPECT_EQ(box.state(ids[0]), JobState::queued);
  EXPECT_EQ(box.reason(ids[0]),
            "waiting for GPU 0 to itself, because of how earlier attempts ended (1 job running)");
  box.done(0, ids[1]);
  EXPECT_EQ(box.gpu_of(ids[0]), 0);
  EXPECT_EQ(box.view(ids[0]).job.attempt, 2);
  const auto beside = box.submit();
  EXPECT_EQ(box.gpu_of(beside), 1) << "GPU 0 is its alone";
  box.out_of_memory(0, ids[0]);
  EXPECT_EQ(box.state(ids[0]), JobState::queued) << "GPU 1 is not empty";
  box.ready(1);
  box.done(1, beside);
  EXPECT_EQ(box.gpu_of(ids[0]), 1);
  box.out_of_memory(1, ids[0]);
  EXPECT_EQ(box.state(ids[0]), JobState::failed);
  const core::Job job = box.view(ids[0]).job;
  ASSERT_EQ(job.lost.size(), 3u);
  EXPECT_EQ(job.failure->kind, FailureKind::out_of_memory);
  EXPECT_NE(job.failure->message.find(
                "attempt 1: no VRAM (on GPU 0 with 12227 MB: 2 of 2 jobs there were of model "
                "medium, granted 1500 MB of weights and 700 MB a job; 2900 of 10227 MB for jobs "
                "were granted in all)"),
            std::string::npos)
      << job.failure->message;
  EXPECT_NE(job.failure->message.find("attempt 3: no VRAM (on GPU 1 with 8192 MB"),
            std::string::npos);
}

TEST(OutOfMemory, OnOneGpuAloneThenFailed) {
  LedgerBench box(one_gpu());
  box.start();
  const auto ids = box.submit_many(2);
  box.ready(0);
  box.out_of_memory(0, ids[0]);
  box.done(0, ids[1]);
  EXPECT_EQ(box.view(ids[0]).job.attempt, 2);
  box.out_of_memory(0, ids[0]);
  EXPECT_EQ(box.state(ids[0]), JobState::failed);
  EXPECT_NE(box.view(ids[0]).job.failure->message.find("no other GPU that could hold it"),
            std::string::npos);
  EXPECT_EQ(box.slots_used(), (std::vector{0}));
}

TEST(OutOfMemory, AnotherGpuThatIsTooSmallForTheModelIsNotTried) {
  LedgerBench box({.gpus = {{0, "big", 12000}, {1, "small", 4000}}, .failure = {}, .warnings = {}});
  box.start();
  const auto id = box.submit();
  box.ready(0);
  box.out_of_memory(0, id);
  box.out_of_memory(0, id);
  EXPECT_EQ(box.state(id), JobState::failed) << "2,200 MB do not fit into 2,000";
}

TEST(OutOfMemory, WhatSucceedsAloneIsDone) {
  LedgerBench box(one_gpu());
  box.start();
  const auto id = box.submit();
  box.ready(0);
  box.out_of_memory(0, id);
  box.done(0, id);
  EXPECT_EQ(box.state(id), JobState::completed);
}

TEST(OutOfMemory, TheLadderGoesOnAfterARestart) {
  LedgerBench box;
  box.start();
  const auto id = box.submit();
  const auto other = box.submit();
  box.ready(0);
  box.out_of_memory(0, id);
  ASSERT_EQ(box.state(id), JobState::queued) << "it waits for the GPU to itself";
  box.crash();
  box.start();
  // The other was rescued, the ladder is where it was: only GPU 0, and alone.
  EXPECT_EQ(box.gpu_of(id), 0);
  EXPECT_EQ(box.gpu_of(other), 1);
  box.ready(2);
  box.ready(1);
  const std::size_t on_gpu_0 =
      box.launcher.launched[1]->received.find(id.to_string()) != std::string::npos ? 1 : 2;
  box.out_of_memory(on_gpu_0, id);
  box.crash();
  box.start();
  EXPECT_EQ(box.gpu_of(other), 0) << "rescued first";
  EXPECT_EQ(box.gpu_of(id), 1);
}

TEST(OutOfMemory, AFailedLoadCountsAsOneForEveryJobThatWaitedForIt) {
  LedgerBench box;
  box.start();
  const auto ids = box.submit_many(2);
  box.print(0, R"({"type":"failed","kind":"out_of_memory","message":"cannot allocate 1500 MB"})"
               "\n");
  EXPECT_TRUE(box.launcher.launched[0]->asked_to_end);
  box.launcher.launched[0]->exit(1);
  box.settle();
  EXPECT_EQ(box.gpu_of(ids[0]), 0);
  EXPECT_EQ(box.view(ids[0]).job.lost[0].failure.kind, FailureKind::out_of_memory);
  EXPECT_EQ(box.view(ids[1]).job.lost.size(), 1u);
  EXPECT_EQ(box.slots_used()[0], 1) << "alone";
}

TEST(OutOfMemory, RaisesWhatTheModelIsTakenToNeedAndTheNextStartKnows) {
  LedgerBench box(one_gpu());  // 10,000 for jobs: (10,000 - 1,500) / 700 = 12
  box.start();
  auto ids = box.submit_many(20);
  ASSERT_EQ(box.slots_used(), (std::vector{12}));
  box.ready(0);
  box.out_of_memory(0, ids[11]);
  // 8,500 / 12 + 1 = 709 would have kept twelve from starting together.
  EXPECT_EQ(box.logged("WARN: Model medium ran out of memory on GPU 0: from now on it is taken to "
                       "need 1500 MB of weights and 709 MB a job"),
            1);
  box.crash();
  box.lines.clear();
  box.start();
  EXPECT_EQ(box.logged("INFO: GPU 0 (RTX): 12000 MB VRAM, 11 slots available"), 1);
}

TEST(OutOfMemory, AFigureSetByHandIsNotChanged) {
  LedgerBench box(one_gpu());
  box.options.models["medium"].weights_mb = 1500;
  box.options.models["medium"].state_mb = 700;
  box.start();
  const auto id = box.submit();
  box.ready(0);
  box.out_of_memory(0, id);
  EXPECT_EQ(box.logged("WARN: Model medium ran out of memory on GPU 0: its figures, 1500 MB of "
                       "weights and 700 MB a job, are set in the configuration and stay; set them "
                       "higher"),
            1);
  box.done(0, id);
  box.crash();
  box.lines.clear();
  box.start();
  EXPECT_EQ(box.logged("INFO: GPU 0 (RTX): 12000 MB VRAM, 12 slots available"), 1);
}

TEST(OutOfMemory, PerJobAccountingHasTheLadderAndLearnsNothing) {
  LedgerBench box(fakes::reference_box(), {});
  box.start();
  const auto id = box.submit();
  box.ready(0);
  box.out_of_memory(0, id);
  EXPECT_EQ(box.gpu_of(id), 0);
  box.out_of_memory(0, id);
  EXPECT_EQ(box.gpu_of(id), 1);
  box.ready(1);
  box.out_of_memory(1, id);
  EXPECT_EQ(box.state(id), JobState::failed);
  EXPECT_EQ(box.manager->status().gpus[0].gpu.slots_max, 3);
  EXPECT_TRUE(box.rows.costs.empty());
}

TEST(OutOfMemory, AloneMeansWithoutIdleProcessesOfOtherModels) {
  LedgerBench box(one_gpu());
  box.add_shared("small", 500, 300);
  box.start();
  const auto small = box.submit("small");
  box.ready(0);
  box.done(0, small);
  const auto id = box.submit();
  box.ready(1);
  box.launcher.launched[1]->take_received();
  box.out_of_memory(1, id);
  EXPECT_EQ(box.slots_used(), (std::vector{1}));
  EXPECT_TRUE(box.launcher.launched[0]->asked_to_end);
  EXPECT_FALSE(box.launcher.launched[1]->asked_to_end) << "it can use its own";
  EXPECT_EQ(box.launcher.launched[1]->received, "") << "not before the other is gone";
  box.launcher.launched[0]->exit(0);
  box.settle();
  EXPECT_NE(box.launcher.launched[1]->received.find(id.to_string()), std::string::npos);
  EXPECT_EQ(box.processes(), 2u);
}

TEST(OutOfMemory, WhatItTaughtLastsUntilTheModelIsMeasuredAfterARestart) {
  LedgerBench box(one_gpu());
  box.start();
  const auto cost = [&] {
    return box.costs->cost(box.options.models.at("medium"), box.resources->gpus()[0]);
  };
  const auto ids = box.submit_many(12);
  box.ready(0, 1500, 700);
  box.out_of_memory(0, ids[11]);
  ASSERT_EQ(cost(), (core::VramCost{1500, 709}));
  box.die(0);
  box.ready(1, 1500, 700);
  EXPECT_EQ(cost(), (core::VramCost{1500, 709})) << "loading it again takes nothing back";
  box.crash();
  box.start();
  EXPECT_EQ(cost(), (core::VramCost{1500, 709}));
  box.ready(2, 1500, 700);
  EXPECT_EQ(cost(), (core::VramCost{1500, 700}));
  box.crash();
  box.start();
  EXPECT_EQ(cost(), (core::VramCost{1500, 700}));
}

}  // namespace
}  // namespace transcribed
