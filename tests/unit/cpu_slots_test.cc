// Slots and threads of a machine without a GPU.
#include <gtest/gtest.h>

#include "core/resources.h"

namespace transcribed::core {
namespace {

ResourcePolicy policy(std::optional<int> slots = 0, int threads = 0) {
  ResourcePolicy out;
  out.cpu_slots = slots;
  out.cpu_threads = threads;
  return out;
}
GpuDetection none() { return {.gpus = {}, .failure = "no nvidia-smi", .warnings = {}}; }

TEST(CpuSlots, AreOneWithPerJobAccountingUnlessAskedFor) {
  EXPECT_EQ(cpu_slots({16, 65536}, policy(std::nullopt)), 1);
  EXPECT_EQ(cpu_slots({16, 65536}, policy(3)), 3);
  EXPECT_EQ(take_inventory(none(), {}, policy(std::nullopt), {16, 65536}).total_slots(), 1);
}

TEST(CpuSlots, FollowCoresAndThreads) {
  EXPECT_EQ(cpu_slots({16, 65536}, policy()), 4);
  EXPECT_EQ(cpu_slots({16, 65536}, policy(0, 2)), 8);
  EXPECT_EQ(cpu_slots({2, 65536}, policy()), 1);
  EXPECT_EQ(cpu_slots({2, 65536}, policy(0, 8)), 1) << "at least one";
}

TEST(CpuSlots, AreBoundedByRam) {
  EXPECT_EQ(cpu_slots({16, 8000}, policy()), 2);
  EXPECT_EQ(cpu_slots({16, 3000}, policy()), 1);
  ResourcePolicy no_rule = policy();
  no_rule.ram_per_job_mb = 0;
  EXPECT_EQ(cpu_slots({16, 3000}, no_rule), 4);
}

TEST(CpuSlots, AreAutomaticWithTheLedger) {
  ResourcePolicy ledger = policy(std::nullopt);
  ledger.vram_accounting = VramAccounting::ledger;
  const GpuInventory inventory = take_inventory(none(), {}, ledger, {16, 65536});
  EXPECT_EQ(inventory.total_slots(), 4);
  EXPECT_EQ(inventory.gpus[0].name, "unknown");
  EXPECT_FALSE(inventory.gpus[0].by_ledger);
  EXPECT_EQ(take_inventory(none(), {{0, {.enabled = true, .slots = 7}}}, ledger, {16, 65536})
                .total_slots(),
            7);
}

TEST(ThreadsPerJob, UseEveryCoreOnTheCpuAndFewBesideAGpu) {
  EXPECT_EQ(threads_per_job({16, 0}, 4, false, policy()), 4);
  EXPECT_EQ(threads_per_job({16, 0}, 2, false, policy()), 8);
  EXPECT_EQ(threads_per_job({2, 0}, 5, false, policy()), 1);
  EXPECT_EQ(threads_per_job({16, 0}, 1, true, policy()), 4);
  EXPECT_EQ(threads_per_job({16, 0}, 4, false, policy(0, 3)), 3);
}

TEST(ThreadsPerJob, OfSeveralGpusShareTheCores) {
  const std::vector<Gpu> gpus = {{.id = 0, .name = "a", .total_mb = 12227, .slots_max = 3},
                                 {.id = 1, .name = "b", .total_mb = 8192, .slots_max = 2}};
  EXPECT_EQ(threads_by_gpu(gpus, {10, 0}, policy()), (std::map<int, int>{{0, 2}, {1, 2}}));
  const std::vector<Gpu> cpu = {{.id = 0, .name = "unknown", .total_mb = 0, .slots_max = 1}};
  EXPECT_EQ(threads_by_gpu(cpu, {10, 0}, policy()), (std::map<int, int>{{0, 10}}));
}

}  // namespace
}  // namespace transcribed::core
