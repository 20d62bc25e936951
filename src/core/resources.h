// What the machine has: GPUs, their slots, and the RAM rule's numbers.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/memory_size.h"

namespace transcribed::core {

// How a GPU's memory becomes room for jobs.
enum class VramAccounting {
  per_job,  // the contract: (total - headroom) / vram_per_job_mb slots, fixed after start
  ledger,   // jobs of any model until what they take fills total - headroom
};

// The defaults of the contract; flags, TRANSCRIBED_* and the config file may set each.
struct ResourcePolicy {
  Megabytes vram_per_job_mb = 3000;
  Megabytes vram_headroom_mb = 2000;
  VramAccounting vram_accounting = VramAccounting::per_job;
  Megabytes min_system_ram_mb = 4000;
  Megabytes ram_per_job_mb = 2000;
  std::chrono::seconds ram_wait_timeout{300};
  enum class OnRamTimeout { proceed, wait } on_ram_timeout = OnRamTimeout::proceed;
  // A job's RAM promise ends this long after its start: by then `available` shows what it took.
  std::chrono::seconds ram_promise_lasts{30};
  // Where there is no GPU: jobs at once, and threads for each. 0: by cores and RAM. No slots
  // given: one with per_job, by cores and RAM with the ledger.
  std::optional<int> cpu_slots;
  int cpu_threads = 0;

  bool operator==(const ResourcePolicy&) const = default;
};

// [gpus.N] of the config.
struct GpuSettings {
  bool enabled = true;
  std::optional<int> slots;  // by hand; overrides VRAM

  bool operator==(const GpuSettings&) const = default;
};
using GpuSettingsById = std::map<int, GpuSettings>;

// One row of detection, or the stand-in for a failed one.
struct DetectedGpu {
  int id = 0;
  std::string name;
  std::optional<Megabytes> total_mb;  // nothing: the driver printed no number (MIG, [N/A])
  std::string pci_address{};          // "0000:01:00.0"; empty: unknown

  bool operator==(const DetectedGpu&) const = default;
};

struct GpuDetection {
  std::vector<DetectedGpu> gpus;       // by id
  std::optional<std::string> failure;  // why detection failed as a whole; `gpus` is then empty
  std::vector<std::string> warnings;   // rows skipped and the like

  bool operator==(const GpuDetection&) const = default;
};

// A GPU as the scheduler sees it. Fixed after start.
struct Gpu {
  int id = 0;
  std::string name;
  Megabytes total_mb = 0;  // 0: unknown
  int slots_max = 0;
  // What jobs may fill (total - headroom). Nothing: not checked, because slots were set by hand or
  // the size is unknown.
  std::optional<Megabytes> capacity_mb;
  bool enabled = true;
  // The ledger decides how many jobs fit. `slots_max` is then for jobs that take no VRAM only: as
  // many as with per_job accounting.
  bool by_ledger = false;
  std::string pci_address{};  // "0000:01:00.0"; empty: unknown

  bool operator==(const Gpu&) const = default;
};

struct GpuInventory {
  std::vector<Gpu> gpus;              // by id, those set aside included (slots_max 0)
  std::vector<std::string> warnings;  // for the log, each a whole sentence

  int total_slots() const;
};

// max(0, (total_mb - vram_headroom_mb) / vram_per_job_mb), integer division.
int slots_by_vram(Megabytes total_mb, const ResourcePolicy& policy);

// What a machine without a GPU has for jobs.
struct Machine {
  int cores = 1;  // that this process may use
  Megabytes ram_mb = 0;

  bool operator==(const Machine&) const = default;
};

// Jobs at once on the CPU: cpu_slots, where that is a number; else cores / threads, at least 1, at
// most (RAM - min_system_ram_mb) / ram_per_job_mb (where the RAM and its rule are known). Threads
// that are not set count as 4, or all cores where there are fewer: whisper.cpp gains little beyond.
int cpu_slots(const Machine& machine, const ResourcePolicy& policy);

// Threads for each job of a model that leaves them open: cpu_threads, where that is a number; else
// the cores divided by the slots, at least 1. A GPU's jobs use few: at most 4 each.
int threads_per_job(const Machine& machine, int slots, bool on_gpu, const ResourcePolicy& policy);

// The same for every GPU, by its id. Those without a size are the CPU; the slots of the others are
// counted together, for they share the cores.
std::map<int, int> threads_by_gpu(std::span<const Gpu> gpus, const Machine& machine,
                                  const ResourcePolicy& policy);

// Detection plus the config: one GPU "unknown" with one slot (or cpu_slots) when
// detection failed, 0 slots for a
// row without a number, hand-set slots and GPUs set aside respected. A [gpus.N] that names no
// detected GPU is a warning.
GpuInventory take_inventory(const GpuDetection& detection, const GpuSettingsById& settings,
                            const ResourcePolicy& policy, const Machine& machine = {});

}  // namespace transcribed::core
