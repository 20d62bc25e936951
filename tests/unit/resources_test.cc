// Slots, the stand-in for a failed detection, hand-set slots, and the "GB" people read.
#include "core/resources.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/memory_size.h"

namespace transcribed::core {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

DetectedGpu detected(int id, std::string name, std::optional<Megabytes> total_mb) {
  return DetectedGpu{id, std::move(name), total_mb};
}

GpuDetection reference_box() {
  GpuDetection detection;
  detection.gpus = {detected(0, "RTX 5070 Ti", 12'227), detected(1, "RTX 2080 Super", 8'192)};
  return detection;
}

GpuDetection failed(std::string why) {
  GpuDetection detection;
  detection.failure = std::move(why);
  return detection;
}

GpuSettings slots_by_hand(int slots) { return GpuSettings{true, slots}; }
GpuSettings set_aside() { return GpuSettings{false, std::nullopt}; }

TEST(SlotsOfAGpu, OfTheReferenceBoxAreThreeAndTwo) {
  EXPECT_EQ(slots_by_vram(12'227, {}), 3);
  EXPECT_EQ(slots_by_vram(8'192, {}), 2);
}

TEST(SlotsOfAGpu, AreAnIntegerDivisionOfWhatIsAboveTheHeadroom) {
  EXPECT_EQ(slots_by_vram(4'999, {}), 0);
  EXPECT_EQ(slots_by_vram(5'000, {}), 1);
  EXPECT_EQ(slots_by_vram(7'999, {}), 1);
  EXPECT_EQ(slots_by_vram(8'000, {}), 2);
}

TEST(SlotsOfAGpu, AreNeverNegative) {
  EXPECT_EQ(slots_by_vram(0, {}), 0);
  EXPECT_EQ(slots_by_vram(1'999, {}), 0);
  EXPECT_EQ(slots_by_vram(-5, {}), 0);
}

TEST(SlotsOfAGpu, FollowThePolicy) {
  ResourcePolicy policy;
  policy.vram_per_job_mb = 5'000;
  policy.vram_headroom_mb = 500;
  EXPECT_EQ(slots_by_vram(12'227, policy), 2);
  policy.vram_per_job_mb = 0;
  EXPECT_EQ(slots_by_vram(12'227, policy), 0) << "a division by zero must not happen";
}

TEST(SlotsOfAGpu, FitAnIntHoweverSmallAJobIs) {
  ResourcePolicy policy;
  policy.vram_per_job_mb = 1;
  policy.vram_headroom_mb = 0;
  EXPECT_EQ(slots_by_vram(std::numeric_limits<Megabytes>::max(), policy),
            std::numeric_limits<int>::max());
}

TEST(Inventory, OfTheReferenceBoxHasFiveSlots) {
  const GpuInventory inventory = take_inventory(reference_box(), {}, {});
  EXPECT_EQ(inventory.total_slots(), 5);
  EXPECT_THAT(inventory.warnings, IsEmpty());
  ASSERT_THAT(inventory.gpus, SizeIs(2));
  EXPECT_EQ(inventory.gpus[0].name, "RTX 5070 Ti");
  EXPECT_EQ(inventory.gpus[0].total_mb, 12'227);
  EXPECT_EQ(inventory.gpus[0].slots_max, 3);
  EXPECT_EQ(inventory.gpus[0].capacity_mb, 10'227);
  EXPECT_EQ(inventory.gpus[1].slots_max, 2);
  EXPECT_EQ(inventory.gpus[1].capacity_mb, 6'192);
}

TEST(Inventory, IsSortedById) {
  GpuDetection detection;
  detection.gpus = {detected(3, "c", 8'000), detected(0, "a", 8'000)};
  const GpuInventory inventory = take_inventory(detection, {}, {});
  ASSERT_THAT(inventory.gpus, SizeIs(2));
  EXPECT_EQ(inventory.gpus[0].id, 0);
  EXPECT_EQ(inventory.gpus[1].id, 3);
}

TEST(DetectionFails, OneGpuUnknownWithOneSlotAndAWarningThatSaysWhy) {
  const GpuInventory inventory =
      take_inventory(failed("nvidia-smi is not on PATH."), {}, ResourcePolicy{});
  ASSERT_THAT(inventory.gpus, SizeIs(1));
  EXPECT_EQ(inventory.gpus[0].id, 0);
  EXPECT_EQ(inventory.gpus[0].name, "unknown");
  EXPECT_EQ(inventory.gpus[0].total_mb, 0);
  EXPECT_EQ(inventory.gpus[0].slots_max, 1);
  EXPECT_EQ(inventory.gpus[0].capacity_mb, std::nullopt) << "an unknown size is not checked";
  EXPECT_THAT(inventory.warnings,
              ElementsAre("The GPUs could not be detected: nvidia-smi is not on PATH. One GPU of "
                          "unknown size is assumed, with 1 job slot."));
}

TEST(DetectionFails, ADetectionThatFoundNothingAtAllIsAFailureToo) {
  const GpuInventory inventory = take_inventory({}, {}, {});
  EXPECT_EQ(inventory.total_slots(), 1);
  EXPECT_THAT(inventory.warnings, ElementsAre(HasSubstr("no GPU was reported")));
}

TEST(DetectionFails, SlotsSetByHandCountForTheStandIn) {
  const GpuInventory inventory = take_inventory(failed("why"), {{0, slots_by_hand(4)}}, {});
  EXPECT_EQ(inventory.gpus.at(0).slots_max, 4);
  EXPECT_THAT(inventory.warnings, ElementsAre(HasSubstr("4 job slots")));
}

TEST(DetectionFails, TheStandInCanBeSetAside) {
  const GpuInventory inventory = take_inventory(failed("why"), {{0, set_aside()}}, {});
  EXPECT_EQ(inventory.total_slots(), 0);
  EXPECT_FALSE(inventory.gpus.at(0).enabled);
}

TEST(ARowWithoutANumber, MakesThatGpuZeroSlotsWithAWarning) {
  GpuDetection detection = reference_box();
  detection.gpus[0].total_mb.reset();
  detection.warnings = {"nvidia-smi said something odd."};
  const GpuInventory inventory = take_inventory(detection, {}, {});
  EXPECT_EQ(inventory.gpus.at(0).slots_max, 0);
  EXPECT_EQ(inventory.gpus.at(0).total_mb, 0);
  EXPECT_EQ(inventory.gpus.at(1).slots_max, 2);
  EXPECT_THAT(inventory.warnings,
              ElementsAre("nvidia-smi said something odd.",
                          AllOf(HasSubstr("GPU 0 (RTX 5070 Ti)"), HasSubstr("[gpus.0]"))));
}

TEST(SlotsSetByHand, OverrideVramAndTurnItsCheckOff) {
  const GpuInventory inventory = take_inventory(reference_box(), {{1, slots_by_hand(7)}}, {});
  EXPECT_EQ(inventory.gpus.at(1).slots_max, 7);
  EXPECT_EQ(inventory.gpus.at(1).total_mb, 8'192);
  EXPECT_EQ(inventory.gpus.at(1).capacity_mb, std::nullopt);
  EXPECT_EQ(inventory.gpus.at(0).slots_max, 3);
  EXPECT_EQ(inventory.total_slots(), 10);
  EXPECT_THAT(inventory.warnings, IsEmpty());
}

TEST(SlotsSetByHand, UseAGpuThatDoesNotTellItsMemory) {
  GpuDetection detection;
  detection.gpus = {detected(0, "MIG", std::nullopt)};
  const GpuInventory inventory = take_inventory(detection, {{0, slots_by_hand(2)}}, {});
  EXPECT_EQ(inventory.total_slots(), 2);
  EXPECT_THAT(inventory.warnings, IsEmpty());
}

TEST(AGpuSetAside, HasNoSlotsAndStaysInTheList) {
  const GpuInventory inventory = take_inventory(reference_box(), {{1, set_aside()}}, {});
  ASSERT_THAT(inventory.gpus, SizeIs(2));
  EXPECT_FALSE(inventory.gpus[1].enabled);
  EXPECT_EQ(inventory.gpus[1].slots_max, 0);
  EXPECT_EQ(inventory.gpus[1].total_mb, 8'192);
  EXPECT_EQ(inventory.total_slots(), 3);
  EXPECT_THAT(inventory.warnings, IsEmpty()) << "it was asked for";
}

TEST(AGpuSetAside, IsSetAsideWhateverItsSlotsSay) {
  const GpuInventory inventory = take_inventory(reference_box(), {{1, {false, 4}}}, {});
  EXPECT_EQ(inventory.gpus.at(1).slots_max, 0);
}

TEST(Inventory, WarnsOfASectionForAGpuThatIsNotThere) {
  const GpuInventory inventory = take_inventory(reference_box(), {{5, slots_by_hand(1)}}, {});
  EXPECT_EQ(inventory.total_slots(), 5);
  EXPECT_THAT(inventory.warnings, ElementsAre(HasSubstr("[gpus.5]")));
}

TEST(Inventory, WarnsOfAGpuTooSmallForAJob) {
  GpuDetection detection = reference_box();
  detection.gpus[1].total_mb = 2'048;
  const GpuInventory inventory = take_inventory(detection, {}, {});
  EXPECT_EQ(inventory.gpus.at(1).slots_max, 0);
  EXPECT_EQ(inventory.gpus.at(1).capacity_mb, 48);
  EXPECT_THAT(inventory.warnings, ElementsAre(AllOf(HasSubstr("GPU 1 (RTX 2080 Super) has 2048 MB"),
                                                    HasSubstr("3000 MB"), HasSubstr("2000 MB"))));
}

TEST(Inventory, WarnsWhenNoGpuHasRoomForAnyJob) {
  const GpuInventory inventory =
      take_inventory(reference_box(), {{0, set_aside()}, {1, slots_by_hand(0)}}, {});
  EXPECT_EQ(inventory.total_slots(), 0);
  EXPECT_THAT(inventory.warnings, ElementsAre(HasSubstr("every job will wait")));
}

TEST(Defaults, AreThoseOfTheContract) {
  const ResourcePolicy policy;
  EXPECT_EQ(policy.vram_per_job_mb, 3'000);
  EXPECT_EQ(policy.vram_headroom_mb, 2'000);
  EXPECT_EQ(policy.min_system_ram_mb, 4'000);
  EXPECT_EQ(policy.ram_per_job_mb, 2'000);
  EXPECT_EQ(policy.ram_wait_timeout, std::chrono::seconds(300));
  EXPECT_EQ(policy.on_ram_timeout, ResourcePolicy::OnRamTimeout::proceed);
  EXPECT_EQ(policy.ram_promise_lasts, std::chrono::seconds(30));
}

TEST(GigabytesForPeople, AreMegabytesOverAThousandWithOneDecimal) {
  EXPECT_EQ(as_gb(4'000), "4.0 GB");
  EXPECT_EQ(as_gb(3'210), "3.2 GB");
  EXPECT_EQ(as_gb(32'768), "32.7 GB");
  EXPECT_EQ(as_gb(0), "0.0 GB");
  EXPECT_EQ(as_gb_number(3'210), "3.2");
}

TEST(GigabytesForPeople, NeverReadAsAThresholdTheyAreBelow) {
  EXPECT_EQ(as_gb(3'999), "3.9 GB");
  EXPECT_EQ(as_gb(99), "0.0 GB");
}

TEST(GigabytesForPeople, RoundNegativeAmountsDownToo) {
  EXPECT_EQ(as_gb(-1), "-0.1 GB");
  EXPECT_EQ(as_gb(-1'200), "-1.2 GB");
}

}  // namespace
}  // namespace transcribed::core
