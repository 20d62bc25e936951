// vram_accounting = "ledger": what a GPU holds is what its jobs take, weights that are shared once.
#include <gtest/gtest.h>

#include "tests/fakes/ledger_bench.h"

namespace transcribed {
namespace {

using namespace std::chrono_literals;
using core::JobState;
using fakes::ledger_policy;
using fakes::LedgerBench;
using fakes::one_gpu;

TEST(Ledger, JobsThatShareWeightsRunUpToItsLimitInOneProcessAGpu) {
  LedgerBench box;
  box.start();
  EXPECT_EQ(box.logged("INFO: GPU 0 (RTX 5070 Ti): 12227 MB VRAM, 12 slots available"), 1);
  EXPECT_EQ(box.logged("INFO: GPU 1 (RTX 2080 Super): 8192 MB VRAM, 6 slots available"), 1);
  EXPECT_EQ(box.logged("INFO: Resource manager initialized: 18 total slots across 2 GPUs"), 1);
  const auto ids = box.submit_many(20);
  // (10,227 - 1,500) / 700 and (6,192 - 1,500) / 700.
  EXPECT_EQ(box.slots_used(), (std::vector{12, 6}));
  ASSERT_EQ(box.processes(), 2u);
  EXPECT_EQ(box.slot_line(ids[0]), "1/12");
  EXPECT_EQ(box.reason(ids[18]),
            "GPU 0 has 327 of 700 MB free for another medium job, GPU 1 has 492 of 700 MB free for "
            "another medium job");
  EXPECT_EQ(box.logged("INFO: All GPU slots busy, job " + ids[18].to_string() + " queued"), 1);
  const auto status = box.manager->status();
  EXPECT_EQ(status.gpus[0].gpu.slots_max, 12);
  EXPECT_EQ(status.gpus[0].vram_used_mb, 1500 + 12 * 700);
  EXPECT_EQ(status.gpus[1].vram_used_mb, 1500 + 6 * 700);
}

TEST(Ledger, PerJobAccountingKeepsThreeAndTwoOfTheSameJobs) {
  core::ResourcePolicy policy = ledger_policy();
  policy.vram_accounting = core::VramAccounting::per_job;
  LedgerBench box(fakes::reference_box(), policy);
  box.start();
  const auto ids = box.submit_many(7);
  EXPECT_EQ(box.slots_used(), (std::vector{3, 2}));
  EXPECT_EQ(box.processes(), 2u) << "they share all the same";
  EXPECT_NE(box.launcher.launched[0]->received.find("\"slots\":3"), std::string::npos);
  EXPECT_EQ(box.reason(ids[5]), "all 5 slots busy");
}

TEST(Ledger, AReleaseMakesRoomForExactlyOneMore) {
  LedgerBench box(one_gpu(6000));  // 4,000 for jobs: 3 of them
  box.start();
  const auto ids = box.submit_many(5);
  box.ready(0);
  EXPECT_EQ(box.slots_used(), (std::vector{3}));
  box.done(0, ids[1]);
  EXPECT_EQ(box.slots_used(), (std::vector{3}));
  EXPECT_EQ(box.state(ids[3]), JobState::running);
  EXPECT_EQ(box.state(ids[4]), JobState::queued);
  EXPECT_EQ(box.processes(), 1u);
  EXPECT_EQ(box.logged("INFO: Job " + ids[1].to_string() +
                       " completed, GPU 0 slot released (2/3 now used)"),
            1);
}

TEST(Ledger, TwoModelsLiveOnOneGpu) {
  LedgerBench box(one_gpu(8000));  // 6,000 for jobs
  box.add_shared("small", 500, 300);
  box.start();
  const auto medium = box.submit_many_of("medium", 3);  // 3,600
  const auto small = box.submit_many_of("small", 7);    // 500 + 6 x 300 = 2,300
  EXPECT_EQ(box.slots_used(), (std::vector{9}));
  EXPECT_EQ(box.processes(), 2u);
  EXPECT_EQ(box.state(small[5]), JobState::running);
  EXPECT_EQ(box.view(small[6]).reason->code, "vram_busy");
  EXPECT_EQ(box.reason(small[6]), "GPU 0 has 100 of 300 MB free for another small job");
  EXPECT_EQ(box.manager->status().gpus[0].vram_used_mb, 5900);
  EXPECT_EQ(box.manager->status().gpus[0].gpu.slots_max, 9) << "no more of the default model fits";
}

TEST(Ledger, AModelThatIsNotThereYetNeedsItsWeightsToo) {
  LedgerBench box(one_gpu(6000));
  box.add_shared("large", 3000, 1000);
  box.start();
  box.submit_many_of("medium", 2);  // 2,900 of 4,000
  const auto large = box.submit("large");
  EXPECT_EQ(box.reason(large), "GPU 0 has 1100 of 4000 MB free for a large job");
}

TEST(Ledger, AJobThatNeverFitsStepsAsideWithItsParts) {
  LedgerBench box(one_gpu(6000));
  box.add_shared("large", 3500, 1000);
  box.start();
  const auto large = box.submit("large");
  const auto other = box.submit();
  EXPECT_EQ(box.state(other), JobState::running);
  EXPECT_EQ(box.reason(large),
            "no GPU can hold this job: it needs 4.5 GB of VRAM (3500 MB of weights and 1000 MB for "
            "a job), the largest GPU has room for 4.0 GB");
}

TEST(Ledger, AnIdleModelsMemoryIsFreeButItLeavesFirst) {
  LedgerBench box(one_gpu(8000));
  box.add_command("big").vram_mb = 5500;
  box.start();
  const auto medium = box.submit();
  box.ready(0);
  box.done(0, medium);
  EXPECT_EQ(box.manager->status().gpus[0].vram_used_mb, 0);
  EXPECT_EQ(box.manager->status().gpus[0].loaded.size(), 1u);
  EXPECT_EQ(box.manager->status().gpus[0].loaded[0].vram_mb, 1500);
  EXPECT_EQ(box.manager->status().gpus[0].loaded[0].device, "Fake GPU");
  const auto big = box.submit("big");
  EXPECT_EQ(box.slots_used(), (std::vector{1})) << "the slot is its";
  EXPECT_TRUE(box.launcher.launched[0]->asked_to_end);
  EXPECT_EQ(box.process_of(big), nullptr) << "but it starts after that worker is gone";
  box.launcher.launched[0]->exit(0);
  box.settle();
  EXPECT_NE(box.process_of(big), nullptr);
}

TEST(Ledger, AnIdleModelThatIsNotInTheWayStays) {
  LedgerBench box(one_gpu(8000));
  box.add_command("fits").vram_mb = 3500;
  box.start();
  const auto medium = box.submit();
  box.ready(0);
  box.done(0, medium);
  const auto other = box.submit("fits");
  EXPECT_NE(box.process_of(other), nullptr);
  EXPECT_FALSE(box.launcher.launched[0]->asked_to_end);
}

TEST(Ledger, AJobJoiningAWarmProcessStillWaitsForAnIdleModelInItsWay) {
  LedgerBench box(one_gpu(8000));  // 6,000
  box.add_shared("small", 2500, 500);
  box.start();
  const auto warm = box.submit_many_of("medium", 1);
  box.ready(0);
  const auto idle = box.submit("small");
  box.ready(1);
  box.done(1, idle);  // its weights stay
  const auto second = box.submit();
  EXPECT_FALSE(box.launcher.launched[1]->asked_to_end) << "2,900 and 2,500 do fit";
  EXPECT_EQ(box.view(second).reason, std::nullopt);
  const auto third = box.submit();
  EXPECT_TRUE(box.launcher.launched[1]->asked_to_end) << "3,600 and 2,500 do not";
  EXPECT_EQ(box.launcher.launched[0]->received.find(third.to_string()), std::string::npos);
  box.launcher.launched[1]->exit(0);
  box.settle();
  EXPECT_NE(box.launcher.launched[0]->received.find(third.to_string()), std::string::npos);
  box.done(0, warm[0]);
  EXPECT_EQ(box.state(warm[0]), JobState::completed);
}

TEST(Ledger, AnIdleModelIsUnloadedInTheEnd) {
  LedgerBench box(one_gpu());
  box.start();
  const auto id = box.submit();
  box.ready(0);
  box.done(0, id);
  box.advance(599s);
  EXPECT_FALSE(box.launcher.launched[0]->asked_to_end);
  box.advance(2s);
  EXPECT_TRUE(box.launcher.launched[0]->asked_to_end);
  box.launcher.launched[0]->exit(0);
  box.settle();
  EXPECT_TRUE(box.manager->status().gpus[0].loaded.empty());
}

TEST(Ledger, SlotsSetByHandOverrideIt) {
  LedgerBench box(fakes::reference_box(), ledger_policy(), {{0, {.enabled = true, .slots = 2}}});
  box.start();
  box.submit_many(20);
  EXPECT_EQ(box.slots_used(), (std::vector{2, 6}));
}

TEST(Ledger, JobsPerProcessSetByHandBoundsAModelOnAGpu) {
  LedgerBench box(one_gpu());
  box.options.models["medium"].jobs_per_process = 2;
  box.start();
  const auto ids = box.submit_many(4);
  EXPECT_EQ(box.slots_used(), (std::vector{2}));
  EXPECT_EQ(box.processes(), 1u) << "a second process would load the weights once more";
  EXPECT_EQ(box.reason(ids[2]), "GPU 0 runs 2 of at most 2 medium jobs");
}

TEST(Ledger, WhatTakesNoVramGetsTheSlotsOfPerJobAccounting) {
  LedgerBench box;
  box.add_command("cpu").vram_mb = 0;
  box.start();
  box.submit_many_of("cpu", 9);
  EXPECT_EQ(box.slots_used(), (std::vector{3, 2}));
}

TEST(Ledger, ModelsThatDoNotShareCostTheirWholeSelfEach) {
  LedgerBench box(one_gpu());  // 10,000 for jobs
  box.options.models["medium"].sharing = core::Sharing::none;
  box.start();
  box.submit_many(9);
  EXPECT_EQ(box.slots_used(), (std::vector{4}));  // 2,200 each
  EXPECT_EQ(box.processes(), 4u);
}

TEST(Ledger, CountsWhatIsUnknownAsVramPerJobUntilItIsMeasured) {
  LedgerBench box(one_gpu());
  box.add_shared("mine", std::nullopt, std::nullopt);
  box.options.default_model = "mine";
  box.start();
  box.submit_many(20);
  EXPECT_EQ(box.slots_used(), (std::vector{3}));
  box.ready(0, 2000, 1000);
  EXPECT_EQ(box.slots_used(), (std::vector{8}));
  EXPECT_EQ(box.manager->status().gpus[0].vram_used_mb, 10000);
  EXPECT_EQ(box.manager->status().gpus[0].gpu.slots_max, 8);
  EXPECT_EQ(box.processes(), 1u);
  EXPECT_EQ(
      box.logged("INFO: Model mine on GPU 0 (RTX) takes 2000 MB of weights and 1000 MB a job"), 1);
}

TEST(Ledger, WhatAnotherGpuOfTheKindTaughtAlreadyStillLetsTheQueueGoOn) {
  LedgerBench box({.gpus = {{0, "RTX", 6000}, {1, "RTX", 6000}}, .failure = {}, .warnings = {}});
  box.add_shared("mine", std::nullopt, std::nullopt);
  box.options.default_model = "mine";
  box.start();
  box.submit_many(20);
  ASSERT_EQ(box.slots_used(), (std::vector{1, 1}));
  box.ready(0, 1000, 500);
  EXPECT_EQ(box.slots_used(), (std::vector{6, 1})) << "the job on GPU 1 holds 3,000 of 4,000";
  box.ready(1, 1000, 500);
  EXPECT_EQ(box.slots_used(), (std::vector{6, 6}));
}

TEST(Ledger, WhatWasMeasuredIsKnownAtTheNextStart) {
  LedgerBench box(one_gpu());
  box.add_shared("mine", std::nullopt, std::nullopt);
  box.options.default_model = "mine";
  box.start();
  const auto first = box.submit();
  box.ready(0, 2000, 1000);
  box.done(0, first);
  box.crash();
  box.lines.clear();
  box.start();
  EXPECT_EQ(box.logged("INFO: GPU 0 (RTX): 12000 MB VRAM, 8 slots available"), 1);
  box.submit_many(20);
  EXPECT_EQ(box.slots_used(), (std::vector{8}));
}

TEST(Ledger, AnotherFileOfTheSameNameIsMeasuredAnew) {
  LedgerBench box(one_gpu());
  box.add_shared("mine", std::nullopt, std::nullopt);
  box.options.default_model = "mine";
  box.identities["mine"] = "/m/mine.bin (100 bytes)";
  box.start();
  box.submit();
  box.ready(0, 2000, 1000);
  box.crash();
  box.identities["mine"] = "/m/mine.bin (200 bytes)";
  box.lines.clear();
  box.start();
  EXPECT_EQ(box.logged("INFO: GPU 0 (RTX): 12000 MB VRAM, 3 slots available"), 1);
}

TEST(Ledger, NoReadyMakesItsModelTooLargeForItsGpu) {
  LedgerBench box(one_gpu());  // 10,000 for jobs
  box.start();
  const auto ids = box.submit_many(2);
  box.ready(0, 1500, 90000);
  EXPECT_EQ(box.manager->status().gpus[0].loaded[0].vram_mb, 1500 + 2 * 8500);
  box.done(0, ids[0]);
  box.done(0, ids[1]);
  const auto next = box.submit();
  EXPECT_EQ(box.state(next), JobState::running) << box.reason(next);
}

TEST(Ledger, JobsThatSteppedAsideComeBackWhenTheirModelTurnsOutSmaller) {
  LedgerBench box(one_gpu(6000));  // 4,000 for jobs
  box.add_shared("file", 3500, 1000);
  core::Model& by_hand = box.add_shared("by hand", {}, {});
  by_hand.weights_mb = 1500;
  by_hand.state_mb = 700;
  box.identities["file"] = box.identities["by hand"] = "/m/the-same.bin";
  box.start();
  const auto aside = box.submit_many_of("file", 2);
  const auto first = box.submit("by hand");
  const auto second = box.submit("by hand");
  const auto behind = box.submit_many_of("by hand", 3);
  ASSERT_EQ(box.view(aside[0]).reason->code, "no_gpu_fits");
  ASSERT_EQ(box.state(behind[2]), JobState::queued);
  box.ready(0, 1400, 600);
  EXPECT_EQ(box.reason(aside[0]), "GPU 0 has 400 of 2000 MB free for a file job")
      << "at the head again";
  box.done(0, first);
  box.done(0, second);
  box.done(0, behind[0]);
  EXPECT_EQ(box.state(aside[0]), JobState::running);
  EXPECT_EQ(box.state(aside[1]), JobState::running);
  EXPECT_EQ(box.manager->status().running_jobs + box.manager->status().pending_jobs, 4);
}

TEST(Ledger, AProcessTakesMoreJobsThanExpectedWhenTheyTurnOutSmaller) {
  LedgerBench box(one_gpu());  // 10,000 for jobs
  box.start();
  box.submit_many(50);
  ASSERT_EQ(box.slots_used(), (std::vector{12}));
  box.ready(0, 1500, 200);
  EXPECT_EQ(box.slots_used(), (std::vector{42}));
  EXPECT_EQ(box.manager->status().gpus[0].gpu.slots_max, 42);
  EXPECT_EQ(box.processes(), 1u);
}

TEST(PerJob, SaysThatJobsPerProcessIsTheLimit) {
  LedgerBench box(fakes::reference_box(), {});
  box.options.models["medium"].jobs_per_process = 2;
  box.start();
  const auto ids = box.submit_many(5);
  EXPECT_EQ(box.view(ids[4]).reason->code, "slots_busy");
  EXPECT_EQ(box.reason(ids[4]),
            "GPU 0 runs 2 of at most 2 medium jobs, GPU 1 has 2 of 2 slots busy");
}

TEST(PerJob, SaysSoOnTheCpuToo) {
  core::ResourcePolicy policy;
  policy.cpu_slots = 4;
  LedgerBench box({.gpus = {}, .failure = {}, .warnings = {}}, policy);
  box.options.models["medium"].jobs_per_process = 2;
  box.start();
  const auto ids = box.submit_many(3);
  EXPECT_EQ(box.reason(ids[2]), "GPU 0 runs 2 of at most 2 medium jobs");
}

}  // namespace
}  // namespace transcribed
