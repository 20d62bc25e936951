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
