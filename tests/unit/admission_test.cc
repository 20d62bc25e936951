// The pure decisions that the scheduler's tests do not reach in every corner.
#include "core/admission.h"

#include <gtest/gtest.h>

#include "core/memory_size.h"

namespace transcribed {
namespace {

using core::GpuLoad;
using core::JobDemand;

GpuLoad load(int id, int slots_max, int used, std::optional<core::Megabytes> capacity = {},
             core::Megabytes vram_used = 0) {
  GpuLoad out;
  out.gpu.id = id;
  out.gpu.slots_max = slots_max;
  out.gpu.capacity_mb = capacity;
  out.slots_used = used;
  out.vram_used_mb = vram_used;
  return out;
}

TEST(Place, TakesTheMostFreeSlotsThenTheLowestId) {
  EXPECT_EQ(core::place({3000, 0}, std::vector{load(0, 3, 2), load(1, 2, 0)}), 1);
  EXPECT_EQ(core::place({3000, 0}, std::vector{load(0, 3, 1), load(1, 2, 0)}), 0);
  EXPECT_EQ(core::place({3000, 0}, std::vector{load(0, 1, 1)}), std::nullopt);
}

TEST(Place, SkipsAGpuWithoutEnoughVram) {
  EXPECT_EQ(
      core::place({5000, 0}, std::vector{load(0, 3, 1, 10000, 6000), load(1, 2, 1, 6192, 1000)}),
      1);
}

TEST(Place, AJobThatMustBeAloneGetsAnEmptyGpuAndKeepsOthersOff) {
  JobDemand alone{3000, 0, true};
  EXPECT_EQ(core::place(alone, std::vector{load(0, 3, 1), load(1, 2, 0)}), 1);
  EXPECT_EQ(core::place(alone, std::vector{load(0, 3, 1), load(1, 2, 1)}), std::nullopt);
  auto held = load(1, 2, 1);
  held.held_alone = true;
  EXPECT_EQ(core::place({3000, 0}, std::vector{load(0, 1, 1), held}), std::nullopt);
}

// A GPU whose ledger decides, with so much for jobs, of which these models' jobs hold a part.
GpuLoad ledger(int id, core::Megabytes capacity,
               std::map<std::string, core::ModelLoad, std::less<>> models = {},
               core::Megabytes used = 0) {
  GpuLoad out = load(id, 3, 0, capacity, used);
  out.gpu.by_ledger = true;
  for (const auto& [name, model] : models) out.slots_used += model.jobs;
  out.models = std::move(models);
  return out;
}
JobDemand medium_on(std::vector<int> gpus) {
  JobDemand demand{.vram_mb = 3000, .ram_mb = 0, .alone = false, .model = "medium"};
  for (const int id : gpus) demand.vram_on[id] = {1500, 700};
  return demand;
}

TEST(RoomFor, PerJobIsTheFreeSlots) {
  EXPECT_EQ(core::room_for({3000, 0}, load(0, 3, 1, 10227, 3000)), 2);
  EXPECT_EQ(core::room_for({3000, 0}, load(0, 3, 4)), 0) << "never less than none";
}

TEST(RoomFor, ByTheLedgerIsWhatTheFreeMemoryHolds) {
  const JobDemand demand = medium_on({0});
  EXPECT_EQ(core::room_for(demand, ledger(0, 10227)), 12);
  EXPECT_EQ(core::room_for(demand, ledger(0, 10227, {{"medium", {1500, 11}}}, 9200)), 1);
  EXPECT_EQ(core::room_for(demand, ledger(0, 10227, {{"medium", {1500, 12}}}, 9900)), 0);
  EXPECT_EQ(core::room_for(demand, ledger(0, 10227, {{"large", {3000, 4}}}, 7000)), 2);
  EXPECT_EQ(core::room_for(demand, ledger(0, 2000)), 0);
  EXPECT_EQ(core::room_for(demand, ledger(0, 2000, {{"large", {0, 1}}}, 9000)), 0)
      << "more in use than there is, after a cost was learned";
}

TEST(RoomFor, CountsTheRestOfWeightsThatTurnedOutLarger) {
  EXPECT_EQ(core::room_for(medium_on({0}), ledger(0, 3400, {{"medium", {1000, 1}}}, 1700)), 1);
  EXPECT_EQ(core::room_for(medium_on({0}), ledger(0, 2800, {{"medium", {1000, 1}}}, 1700)), 0);
}

TEST(RoomFor, WhatTakesNoVramGetsSlots) {
  EXPECT_EQ(core::room_for({0, 0}, ledger(0, 10227, {{"x", {0, 1}}}, 9999)), 2);
}

TEST(RoomFor, IsBoundedByWhatOneProcessTakes) {
  JobDemand demand = medium_on({0});
  demand.most_on[0] = 4;
  EXPECT_EQ(core::room_for(demand, ledger(0, 10227)), 4);
  EXPECT_EQ(core::room_for(demand, ledger(0, 10227, {{"medium", {1500, 3}}}, 3600)), 1);
}

TEST(SlotsMaxNow, IsWhatRunsAndWhatMoreOfTheDefaultModelWouldFit) {
  EXPECT_EQ(core::slots_max_now(medium_on({0}), ledger(0, 10227)), 12);
  EXPECT_EQ(core::slots_max_now(medium_on({0}), ledger(0, 10227, {{"large", {3000, 4}}}, 7000)), 6);
  EXPECT_EQ(core::slots_max_now(medium_on({0}), load(0, 3, 1, 10227, 3000)), 3);
}

TEST(Place, ByTheLedgerTakesTheGpuWithRoomForMost) {
  const JobDemand demand = medium_on({0, 1});
  EXPECT_EQ(core::place(demand, std::vector{ledger(0, 5000), ledger(1, 6000)}), 1);
  EXPECT_EQ(core::place(demand, std::vector{ledger(0, 5000), ledger(1, 5100)}), 0) << "5 each";
  EXPECT_EQ(core::place(demand, std::vector{ledger(0, 2000), ledger(1, 2100)}), std::nullopt);
}

TEST(Place, KeepsToTheGpusThatAnEarlierAttemptLeaves) {
  JobDemand demand = medium_on({0, 1});
  demand.only_gpu = 0;
  EXPECT_EQ(core::place(demand, std::vector{ledger(0, 5000), ledger(1, 9000)}), 0);
  demand.only_gpu.reset();
  demand.not_on = {1};
  EXPECT_EQ(core::place(demand, std::vector{ledger(0, 5000), ledger(1, 9000)}), 0);
  EXPECT_EQ(core::gpus_that_hold(demand, std::vector{ledger(0, 5000).gpu, ledger(1, 9000).gpu}),
            (std::vector{0}));
}

core::ProcessOnGpu process(core::VramCost cost, int jobs, bool idle = false, int idle_since = 0) {
  return {.cost = cost,
          .jobs = jobs,
          .idle = idle,
          .leaving = false,
          .idle_since = core::SteadyTime(std::chrono::seconds(idle_since))};
}

TEST(MakeRoom, EndsTheLongestIdleOnesThatAreInTheWay) {
  const core::Gpu gpu = ledger(0, 6000).gpu;
  const std::vector processes = {process({1500, 500}, 0, true, 20),
                                 process({1500, 500}, 0, true, 10), process({1500, 700}, 3)};
  const core::Yielding yielding = core::make_room(gpu, processes);
  EXPECT_EQ(yielding.end, (std::vector<std::size_t>{1}));
  EXPECT_FALSE(yielding.fits_now);
}

TEST(MakeRoom, EndsNobodyWhereAllFits) {
  const core::Gpu gpu = ledger(0, 6000).gpu;
  const auto yielding =
      core::make_room(gpu, std::vector{process({1000, 500}, 0, true), process({1500, 700}, 3)});
  EXPECT_TRUE(yielding.end.empty());
  EXPECT_TRUE(yielding.fits_now);
}

TEST(MakeRoom, WaitsForOneThatLeavesButNotForEver) {
  const core::Gpu gpu = ledger(0, 3000).gpu;
  auto leaving = process({1000, 500}, 0);
  leaving.leaving = true;
  EXPECT_FALSE(core::make_room(gpu, std::vector{leaving, process({1500, 700}, 1)}).fits_now);
  EXPECT_TRUE(
      core::make_room(gpu, std::vector{process({1000, 500}, 1), process({1500, 700}, 1)}).fits_now)
      << "nobody is in the way who could leave";
}

TEST(MakeRoom, PerJobKeepsToAsManyProcessesAsSlots) {
  const core::Gpu gpu = load(0, 2, 0, 10000).gpu;
  const auto yielding = core::make_room(
      gpu, std::vector{process({0, 10}, 0, true, 5), process({0, 10}, 1), process({0, 10}, 1)});
  EXPECT_EQ(yielding.end, (std::vector<std::size_t>{0}));
}

TEST(JobsInOneProcess, AreAtLeastWhatTheGpuCouldEverGrant) {
  core::Model model;
  EXPECT_EQ(core::jobs_in_one_process(model, load(0, 3, 0, 10227).gpu, {0, 3000}), 1);
  model.sharing = core::Sharing::model;
  EXPECT_EQ(core::jobs_in_one_process(model, load(0, 3, 0, 10227).gpu, {0, 3000}), 3);
  EXPECT_EQ(core::jobs_in_one_process(model, ledger(0, 10227).gpu, {1500, 700}), 159)
      << "they may turn out small";
  EXPECT_EQ(core::jobs_in_one_process(model, ledger(0, 10227).gpu, {0, 3000}), 159);
  EXPECT_EQ(core::jobs_in_one_process(model, ledger(0, 10227).gpu, {1000, 10}), 922);
  EXPECT_EQ(core::jobs_in_one_process(model, ledger(0, 1000).gpu, {500, 100}), 64);
  model.jobs_per_process = 5;
  EXPECT_EQ(core::jobs_in_one_process(model, ledger(0, 10227).gpu, {1500, 700}), 5);
}

TEST(PromisedRam, CountsOnlyWhatIsNotYetTaken) {
  EXPECT_EQ(
      core::promised_ram(std::vector<core::EngineTreeRam>{{2000, 500}, {2000, 3000}, {4000, 1000}}),
      4500);
  EXPECT_EQ(core::promised_ram({}), 0);
}

TEST(AsGb, RoundsDownSoThatTooLittleNeverReadsAsEnough) {
  EXPECT_EQ(core::as_gb(4000), "4.0 GB");
  EXPECT_EQ(core::as_gb(3999), "3.9 GB");
  EXPECT_EQ(core::as_gb(3210), "3.2 GB");
  EXPECT_EQ(core::as_gb_number(0), "0.0");
}

}  // namespace
}  // namespace transcribed
