// What a job costs by the ledger: which source counts, and what running out of memory teaches.
#include "core/vram_cost.h"

#include <gtest/gtest.h>

#include <limits>

namespace transcribed::core {
namespace {

Model shared() {
  Model model;
  model.name = "m";
  model.sharing = Sharing::model;
  return model;
}

TEST(VramCost, OfAModelNobodyKnowsIsVramPerJob) {
  EXPECT_EQ(vram_cost(shared(), {}, {}), (VramCost{0, 3000}));
  Model model = shared();
  model.vram_mb = 1234;
  EXPECT_EQ(vram_cost(model, {}, {}), (VramCost{0, 1234}));
  model.catalogue_weights_mb = 1000;
  EXPECT_EQ(vram_cost(model, {}, {}), (VramCost{0, 1234})) << "half a figure is none";
}

TEST(VramCost, TheConfigComesBeforeWhatWasMeasuredBeforeTheCatalogue) {
  Model model = shared();
  model.catalogue_weights_mb = 1000;
  model.catalogue_state_mb = 100;
  EXPECT_EQ(vram_cost(model, {}, {}), (VramCost{1000, 100}));
  MeasuredCost measured{.vram_mb = 2000, .vram_per_job_mb = 200};
  EXPECT_EQ(vram_cost(model, measured, {}), (VramCost{2000, 200}));
  model.state_mb = 300;
  EXPECT_EQ(vram_cost(model, measured, {}), (VramCost{2000, 300}));
  model.weights_mb = 3000;
  EXPECT_EQ(vram_cost(model, measured, {}), (VramCost{3000, 300}));
}

TEST(VramCost, WithoutSharingAJobTakesWeightsAndState) {
  Model model = shared();
  model.sharing = Sharing::none;
  EXPECT_EQ(vram_cost(model, {}, {}), (VramCost{0, 3000}));
  model.catalogue_weights_mb = 1000;
  model.catalogue_state_mb = 100;
  EXPECT_EQ(vram_cost(model, {}, {}), (VramCost{0, 1100}));
  model.vram_mb = 5000;
  EXPECT_EQ(vram_cost(model, {}, {}), (VramCost{0, 5000}));
}

TEST(VramCost, RunningOutOfMemoryRaisesAllButTheConfigsFigures) {
  Model model = shared();
  model.catalogue_weights_mb = 1000;
  model.catalogue_state_mb = 100;
  const MeasuredCost raised{.least_weights_mb = 1200, .least_per_job_mb = 120};
  EXPECT_EQ(vram_cost(model, raised, {}), (VramCost{1200, 120}));
  model.weights_mb = 900;
  model.state_mb = 90;
  EXPECT_EQ(vram_cost(model, raised, {}), (VramCost{900, 90}));
  Model unknown = shared();
  EXPECT_EQ(vram_cost(unknown, {.least_per_job_mb = 3750}, {}), (VramCost{0, 3750}));
  unknown.sharing = Sharing::none;
  unknown.vram_mb = 1000;
  EXPECT_EQ(vram_cost(unknown, {.least_per_job_mb = 3750}, {}), (VramCost{0, 1000}));
}

TEST(AfterOutOfMemory, IsTheLeastThatWouldHaveKeptThemApart) {
  const MeasuredCost learned =
      after_out_of_memory({}, {1500, 700}, {.jobs = 12, .capacity_mb = 10000});
  EXPECT_EQ(learned.least_per_job_mb, 709);
  EXPECT_LT(jobs_that_fit({1500, 709}, 10000), 12);
  EXPECT_EQ(jobs_that_fit({1500, 708}, 10000), 12);
  EXPECT_EQ(learned.least_weights_mb, 0);
}

TEST(AfterOutOfMemory, IsAtMostAQuarterMore) {
  EXPECT_EQ(
      after_out_of_memory({}, {1500, 700}, {.jobs = 1, .capacity_mb = 10000}).least_per_job_mb,
      875);
}

TEST(AfterOutOfMemory, LeavesRoomForOneJobAlone) {
  EXPECT_EQ(after_out_of_memory({}, {1500, 700}, {.jobs = 1, .capacity_mb = 2300}).least_per_job_mb,
            800);
  // Never less than it was.
  EXPECT_EQ(after_out_of_memory({}, {1500, 700}, {.jobs = 1, .capacity_mb = 2100}).least_per_job_mb,
            700);
}

TEST(AfterOutOfMemory, OfALoadRaisesTheWeights) {
  const MeasuredCost learned = after_out_of_memory(
      {}, {1500, 700}, {.while_loading = true, .jobs = 2, .capacity_mb = 10000});
  EXPECT_EQ(learned.least_weights_mb, 1875);
  EXPECT_EQ(learned.least_per_job_mb, 0);
}

TEST(AfterOutOfMemory, TheSameEventTwiceTeachesOnce) {
  const OutOfMemory what{.jobs = 3, .others_mb = 500, .capacity_mb = 4100};
  const MeasuredCost once = after_out_of_memory({}, {1500, 700}, what);
  EXPECT_EQ(after_out_of_memory(once, {1500, 700}, what), once);
}

TEST(JobsThatFit, CountsTheWeightsOnce) {
  EXPECT_EQ(jobs_that_fit({1500, 700}, 1499), 0);
  EXPECT_EQ(jobs_that_fit({1500, 700}, 2199), 0);
  EXPECT_EQ(jobs_that_fit({1500, 700}, 2200), 1);
  EXPECT_EQ(jobs_that_fit({0, 3000}, 10227), 3);
  EXPECT_EQ(jobs_that_fit({0, 3000}, -5), 0);
  EXPECT_EQ(jobs_that_fit({0, 0}, 0), std::numeric_limits<int>::max());
}

TEST(SuchThatOneFits, LowersWhatWasMeasuredUntilOneJobDoes) {
  const auto fitted = [](MeasuredCost measured, const Model& model) {
    return vram_cost(model, such_that_one_fits(measured, model, 10000, {}), {});
  };
  EXPECT_EQ(fitted({.vram_mb = 1500, .vram_per_job_mb = 700}, shared()), (VramCost{1500, 700}));
  EXPECT_EQ(fitted({.vram_mb = 1500, .vram_per_job_mb = 90000}, shared()), (VramCost{1500, 8500}));
  EXPECT_EQ(fitted({.vram_mb = 90000, .vram_per_job_mb = 700}, shared()), (VramCost{9300, 700}));
  EXPECT_EQ(fitted({.vram_mb = 90000, .vram_per_job_mb = 90000}, shared()), (VramCost{5000, 5000}));
  Model by_hand = shared();
  by_hand.weights_mb = 9000;
  EXPECT_EQ(fitted({.vram_mb = 1, .vram_per_job_mb = 4000}, by_hand), (VramCost{9000, 1000}));
  Model apart = shared();
  apart.sharing = Sharing::none;
  EXPECT_EQ(fitted({.vram_mb = 1500, .vram_per_job_mb = 90000}, apart), (VramCost{0, 10000}));
  const MeasuredCost floor{
      .vram_mb = 9500, .vram_per_job_mb = 100, .least_weights_mb = 0, .least_per_job_mb = 900};
  EXPECT_EQ(fitted(floor, shared()), (VramCost{9100, 900})) << "what running out taught stays";
}

}  // namespace
}  // namespace transcribed::core
