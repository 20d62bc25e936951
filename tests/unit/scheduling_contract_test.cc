// The scheduling contract, row by row, in virtual time.
#include <gtest/gtest.h>

#include "tests/fakes/scheduler_bench.h"

namespace transcribed {
namespace {

using namespace std::chrono_literals;
using core::JobState;
using fakes::SchedulerBench;

TEST(SlotsRow, TheReferenceBoxRunsThreeAndTwo) {
  SchedulerBench box;
  box.start();
  const auto ids = box.submit_many(40);
  EXPECT_EQ(box.slots_used(), (std::vector{3, 2}));
  EXPECT_EQ(box.launcher.launched.size(), 5u);
  EXPECT_EQ(box.manager->status().pending_jobs, 35);
  EXPECT_EQ(box.logged("INFO: GPU 0 (RTX 5070 Ti): 12227 MB VRAM, 3 slots available"), 1);
  EXPECT_EQ(box.logged("INFO: GPU 1 (RTX 2080 Super): 8192 MB VRAM, 2 slots available"), 1);
  EXPECT_EQ(box.logged("INFO: Resource manager initialized: 5 total slots across 2 GPUs"), 1);
}

TEST(SlotsRow, NeverMoreThanFiveWhileFortyRun) {
  SchedulerBench box;
  box.start();
  const auto ids = box.submit_many(40);
  for (const auto id : ids) {
    const auto used = box.slots_used();
    ASSERT_LE(used[0], 3);
    ASSERT_LE(used[1], 2);
    ASSERT_NE(box.process_of(id), nullptr);
    box.exit(id);
  }
  for (const auto id : ids) EXPECT_EQ(box.state(id), JobState::completed);
  EXPECT_EQ(box.launcher.launched.size(), 40u);
  EXPECT_EQ(box.slots_used(), (std::vector{0, 0}));
}

TEST(DetectionFailsRow, OneUnknownGpuWithOneSlot) {
  SchedulerBench box({.gpus = {}, .failure = "nvidia-smi was not found on PATH", .warnings = {}});
  box.start();
  box.submit_many(3);
  const auto status = box.manager->status();
  ASSERT_EQ(status.gpus.size(), 1u);
  EXPECT_EQ(status.gpus[0].gpu.name, "unknown");
  EXPECT_EQ(status.gpus[0].gpu.total_mb, 0);
  EXPECT_EQ(status.gpus[0].slots_used, 1);
  EXPECT_EQ(status.pending_jobs, 2);
}

TEST(WhichGpuRow, MostFreeSlotsThenLowestId) {
  SchedulerBench box;
  box.start();
  const auto ids = box.submit_many(5);
  std::vector<int> gpus;
  for (const auto id : ids) gpus.push_back(*box.view(id).job.gpu_id);
  // Free slots before each: 3/2, 2/2 (tie: lowest id), 1/2, 1/1 (tie), 0/1.
  EXPECT_EQ(gpus, (std::vector{0, 0, 1, 0, 1}));
  EXPECT_EQ(
      box.logged("INFO: Job " + ids[4].to_string() + " assigned to GPU 1 (slot 2/2 now used)"), 1);
}

TEST(WhichGpuRow, AnEngineIsToldItsGpuInEveryWayThatIsKnown) {
  core::GpuDetection detection = fakes::reference_box();
  detection.gpus[1].pci_address = "0000:02:00.0";
  SchedulerBench box(std::move(detection));
  box.add_worker("w");
  box.start();
  // To GPU 0, 0, 1, and two processes of the worker: on GPU 0 and on GPU 1.
  const auto commands = box.submit_many(3);
  box.submit("w");
  box.submit("w");
  ASSERT_EQ(box.launcher.launched.size(), 5u);
  const auto told = [&](std::size_t i) { return box.launcher.launched[i]->spec.environment; };
  using Lines = std::vector<std::string>;
  EXPECT_EQ(told(0), (Lines{"CUDA_DEVICE_ORDER=PCI_BUS_ID", "CUDA_VISIBLE_DEVICES=0",
                            "TRANSCRIBED_JOB_ID=" + commands[0].to_string()}));
  EXPECT_EQ(told(2), (Lines{"CUDA_DEVICE_ORDER=PCI_BUS_ID", "CUDA_VISIBLE_DEVICES=1",
                            "TRANSCRIBED_GPU_PCI_ADDRESS=0000:02:00.0",
                            "TRANSCRIBED_JOB_ID=" + commands[2].to_string()}));
  EXPECT_EQ(told(3), (Lines{"CUDA_DEVICE_ORDER=PCI_BUS_ID", "CUDA_VISIBLE_DEVICES=0"}));
  EXPECT_EQ(told(4), (Lines{"CUDA_DEVICE_ORDER=PCI_BUS_ID", "CUDA_VISIBLE_DEVICES=1",
                            "TRANSCRIBED_GPU_PCI_ADDRESS=0000:02:00.0"}));
}

TEST(RamRow, AJobStartsOnlyWhileTheThresholdIsFree) {
  SchedulerBench box;
  box.memory.available_mb = 3999;
  box.start();
  const auto id = box.submit();
  EXPECT_TRUE(box.launcher.launched.empty());
  EXPECT_EQ(box.reason(id), "RAM 3.9 of 4.0 GB free, 300 s until it starts anyway");
  EXPECT_EQ(box.logged("WARN: System RAM low (3.9 GB free), waiting before starting job..."), 1);
  box.memory.available_mb = 4000;
  box.advance(1s);
  EXPECT_EQ(box.launcher.launched.size(), 1u);
}

TEST(RamPromisedRow, FiveReleasedAtOnceCannotAllPassTheSameCheck) {
  SchedulerBench box;
  box.memory.available_mb =
      8000;  // 8000, 6000, 4000 free as promises are made; the fourth sees 2000
  box.start();
  box.submit_many(5);
  EXPECT_EQ(box.launcher.launched.size(), 3u);
  EXPECT_EQ(box.manager->status().system_ram_promised_mb, 6000);
  EXPECT_EQ(box.manager->status().system_ram_available_mb, 8000);
}

TEST(RamPromisedRow, WhatATreeHasTakenIsNotCountedTwice) {
  SchedulerBench box;
  box.memory.available_mb = 8000;
  box.start();
  box.submit_many(4);
  ASSERT_EQ(box.launcher.launched.size(), 3u);
  for (const auto& process : box.launcher.launched) box.memory.tree_mb[process->root] = 500;
  box.memory.available_mb = 8400;  // 8400 - 3 x 1500 = 3900
  box.advance(1s);
  EXPECT_EQ(box.launcher.launched.size(), 3u);
  box.memory.available_mb = 8500;
  box.advance(1s);
  EXPECT_EQ(box.launcher.launched.size(), 4u);
}

TEST(RamPromisedRow, APromiseEndsThirtySecondsAfterTheStart) {
  SchedulerBench box;
  box.memory.available_mb = 5000;
  box.start();
  box.submit_many(2);
  ASSERT_EQ(box.launcher.launched.size(), 1u);
  box.advance(29s);
  EXPECT_EQ(box.launcher.launched.size(), 1u);
  box.advance(2s);
  EXPECT_EQ(box.launcher.launched.size(), 2u);
}

TEST(RamPromisedRow, ZeroTurnsTheRuleOff) {
  SchedulerBench box;
  box.options.models["cmd"].ram_mb = 0;
  box.memory.available_mb = 100;
  box.start();
  box.submit_many(5);
  EXPECT_EQ(box.launcher.launched.size(), 5u);
}

TEST(RamStaysLowRow, StartsAnywayAfterThreeHundredSecondsWithAWarning) {
  SchedulerBench box;
  box.memory.available_mb = 3210;
  box.start();
  const auto id = box.submit();
  box.advance(160s);
  EXPECT_EQ(box.reason(id), "RAM 3.2 of 4.0 GB free, 140 s until it starts anyway");
  box.advance(139s);
  EXPECT_TRUE(box.launcher.launched.empty());
  box.advance(1s);
  EXPECT_EQ(box.launcher.launched.size(), 1u);
  EXPECT_EQ(box.logged("WARN: Job " + id.to_string() +
                       ": RAM 3.2 of 4.0 GB free after waiting 300 s, starting anyway"),
            1);
}

TEST(RamStaysLowRow, WaitsAnewIfRamWasEnoughInBetweenForItButAnotherTookIt) {
  SchedulerBench box;
  box.memory.available_mb = 3000;
  box.start();
  const auto first = box.submit();
  box.advance(200s);
  box.memory.available_mb = 4000;
  const auto second = box.submit();
  box.advance(1s);
  EXPECT_EQ(box.state(first), JobState::running);
  EXPECT_EQ(box.reason(second).substr(0, 35), "RAM 2.0 of 4.0 GB free (2.0 GB prom");
  box.memory.available_mb = 3000;
  box.advance(298s);
  EXPECT_EQ(box.state(second), JobState::queued);
  box.advance(3s);
  EXPECT_EQ(box.state(second), JobState::running);
}

TEST(RamStaysLowRow, WaitKeepsWaiting) {
  core::ResourcePolicy policy;
  policy.on_ram_timeout = core::ResourcePolicy::OnRamTimeout::wait;
  SchedulerBench box(fakes::reference_box(), policy);
  box.memory.available_mb = 1000;
  box.start();
  const auto id = box.submit();
  box.advance(3600s);
  EXPECT_TRUE(box.launcher.launched.empty());
  EXPECT_EQ(box.reason(id), "RAM 1.0 of 4.0 GB free, waiting until there is enough");
}

TEST(RamStaysLowRow, AThresholdThatTheMachineCannotMeetIsToldAtTheStart) {
  using Policy = core::ResourcePolicy;
  const auto warned = [](Policy policy, core::Megabytes total_mb, const std::string& then) {
    SchedulerBench box(fakes::reference_box(), policy);
    box.memory.total_mb = total_mb;
    box.start();
    return box.logged(
        "WARN: A job starts only while 40.0 GB of RAM are free, and there are only 32.7 GB in "
        "all, so " +
        then + "; lower min_system_ram_mb.");
  };
  Policy policy;
  policy.min_system_ram_mb = 40000;
  const std::string anyway = "each job waits 300 s and starts anyway";
  EXPECT_EQ(warned(policy, 32768, anyway), 1);
  EXPECT_EQ(warned(policy, 40001, anyway), 0) << "it may be met";
  EXPECT_EQ(warned(policy, 0, anyway), 0) << "nobody knows";
  policy.on_ram_timeout = Policy::OnRamTimeout::wait;
  EXPECT_EQ(warned(policy, 32768, "no job will ever start"), 1);
  policy.ram_per_job_mb = 0;
  EXPECT_EQ(warned(policy, 32768, "no job will ever start"), 0) << "the rule is off";
}

TEST(RamStaysLowRow, TheWaitCountsOnlyWhileRamAloneBlocks) {
  SchedulerBench box;
  box.start();
  const auto ids = box.submit_many(6);
  box.memory.available_mb = 100;
  box.advance(400s);  // blocked by slots all the while
  box.exit(ids[0]);
  EXPECT_EQ(box.state(ids[5]), JobState::queued);
  box.advance(299s);
  EXPECT_EQ(box.state(ids[5]), JobState::queued);
  box.advance(2s);
  EXPECT_EQ(box.state(ids[5]), JobState::running);
}

TEST(OrderRow, FirstComeFirstServedAndHigherPriorityFirst) {
  SchedulerBench box;
  box.start();
  const auto running = box.submit_many(5);
  const auto low = box.submit("", 0);
  const auto high = box.submit("", 5);
  EXPECT_EQ(box.reason(high), "all 5 slots busy");
  EXPECT_EQ(box.reason(low), "all 5 slots busy, 2nd in line");
  box.exit(running[0]);
  EXPECT_EQ(box.state(high), JobState::running);
  EXPECT_EQ(box.state(low), JobState::queued);
}

TEST(OrderRow, TheLogSaysOnceAJobThatAllSlotsAreBusy) {
  SchedulerBench box;
  box.start();
  box.submit_many(5);
  const auto low = box.submit("", 0);
  const auto high = box.submit("", 5);
  const auto said = [&](core::JobId id) {
    return box.logged("INFO: All GPU slots busy, job " + id.to_string() + " queued");
  };
  EXPECT_EQ(said(low), 1);
  EXPECT_EQ(said(high), 1);
  box.manager->cancel(high, [](const auto&) {});
  box.settle();
  EXPECT_EQ(box.reason(low), "all 5 slots busy") << "it is at the head again";
  EXPECT_EQ(said(low), 1);
}

TEST(OrderRow, TheHeadIsNotOvertakenByASmallerJob) {
  SchedulerBench box;
  box.add_command("large").vram_mb = 6000;
  box.add_command("small").vram_mb = 1000;
  box.start();
  box.submit_many(5);
  const auto first = box.launcher.launched[0];
  const auto large = box.submit("large");
  const auto small = box.submit("small");
  first->exit(0);
  box.settle();
  EXPECT_EQ(box.state(large), JobState::queued);
  EXPECT_EQ(box.state(small), JobState::queued);
  EXPECT_EQ(box.view(large).reason->code, "vram_busy");
}

TEST(OrderRow, AJobThatNoGpuCanHoldStepsAside) {
  SchedulerBench box;
  box.add_command("huge").vram_mb = 40000;
  box.start();
  const auto huge = box.submit("huge");
  const auto other = box.submit();
  EXPECT_EQ(box.state(other), JobState::running);
  EXPECT_EQ(box.state(huge), JobState::queued);
  EXPECT_EQ(box.view(huge).reason->code, "no_gpu_fits");
  EXPECT_EQ(
      box.reason(huge),
      "no GPU can hold this job: it needs 40.0 GB of VRAM, the largest GPU has room for 10.2 GB");
  EXPECT_EQ(box.manager->status().pending_jobs, 1);
  EXPECT_EQ(box.cancel(huge), std::nullopt);
  EXPECT_EQ(box.state(huge), JobState::cancelled);
  EXPECT_EQ(box.manager->status().pending_jobs, 0);
}

TEST(OrderRow, NoGpuHasRoomForAnyJob) {
  SchedulerBench box(fakes::reference_box(), {},
                     {{0, {.enabled = false, .slots = {}}}, {1, {.enabled = true, .slots = 0}}});
  box.start();
  const auto id = box.submit();
  EXPECT_EQ(box.view(id).reason->code, "no_gpu_fits");
  EXPECT_FALSE(box.manager->readiness().ready);
  EXPECT_NE(box.manager->readiness().message.find("no GPU has room"), std::string::npos);
  EXPECT_EQ(
      std::ranges::count_if(
          box.lines, [](const auto& line) { return line.starts_with("WARN: No GPU has room"); }),
      1);
}

TEST(ReleaseRow, AReleasedSlotStartsTheNextJobWithoutAnyTimer) {
  SchedulerBench box;
  box.start();
  const auto ids = box.submit_many(6);
  EXPECT_EQ(box.logged("INFO: All GPU slots busy, job " + ids[5].to_string() + " queued"), 1);
  box.process_of(ids[1])->exit(0);  // no commit, no alarm: the next one was armed ahead
  EXPECT_NE(box.process_of(ids[5]), nullptr);
  EXPECT_EQ(box.logged("INFO: Job " + ids[1].to_string() +
                       " completed, GPU 0 slot released (2/3 now used)"),
            1);
}

TEST(ReleaseRow, EveryEndReleasesOnce) {
  SchedulerBench box;
  box.start();
  const auto ids = box.submit_many(4);
  box.exit(ids[0], 0);
  box.exit(ids[1], 3);
  EXPECT_EQ(box.state(ids[1]), JobState::failed);
  box.cancel(ids[2]);
  box.process_of(ids[2])->die(15);
  box.settle();
  EXPECT_EQ(box.state(ids[2]), JobState::cancelled);
  box.process_of(ids[3])->die(11);  // lost: runs again
  box.settle();
  EXPECT_EQ(box.slots_used(), (std::vector{1, 0}));
  box.exit(ids[3]);
  EXPECT_EQ(box.slots_used(), (std::vector{0, 0}));
  EXPECT_EQ(box.state(ids[3]), JobState::completed);
}

TEST(ReleaseRow, WhatCannotBeKilledKeepsItsSlotAsQuarantined) {
  SchedulerBench box;
  box.start();
  const auto id = box.submit();
  box.cancel(id);
  box.process_of(id)->end(
      {.how = ports::ProcessEnd::How::unkillable, .status = 0, .message = {}, .result = {}});
  box.settle();
  EXPECT_EQ(box.state(id), JobState::cancelled);
  EXPECT_EQ(box.manager->status().gpus[0].slots_used, 1);
  EXPECT_EQ(box.manager->status().gpus[0].slots_quarantined, 1);
  box.process_of(id)->die(9);
  box.settle();
  EXPECT_EQ(box.manager->status().gpus[0].slots_used, 0);
}

TEST(DefaultsRow, AreThoseOfTheContract) {
  const core::ResourcePolicy policy;
  EXPECT_EQ(policy.vram_per_job_mb, 3000);
  EXPECT_EQ(policy.vram_headroom_mb, 2000);
  EXPECT_EQ(policy.min_system_ram_mb, 4000);
  EXPECT_EQ(policy.ram_per_job_mb, 2000);
  EXPECT_EQ(policy.ram_wait_timeout, 300s);
  EXPECT_EQ(policy.on_ram_timeout, core::ResourcePolicy::OnRamTimeout::proceed);
}

TEST(DefaultsRow, SlotsByHandOverrideVram) {
  SchedulerBench box(fakes::reference_box(), {}, {{0, {.enabled = true, .slots = 6}}});
  box.start();
  box.options.models["cmd"].ram_mb = 0;
  box.memory.available_mb = 100000;
  box.submit_many(10);
  EXPECT_EQ(box.slots_used(), (std::vector{6, 2}));
}

}  // namespace
}  // namespace transcribed
