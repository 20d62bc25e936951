#include "core/admission.h"

#include <algorithm>
#include <chrono>

namespace transcribed::core {
namespace {

// How often a job that waits for RAM looks again; the contract says "at least once a second".
constexpr std::chrono::seconds ram_look_interval{1};

int free_slots(const GpuLoad& load) { return load.gpu.slots_max - load.slots_used; }

bool vram_fits(const JobDemand& demand, const GpuLoad& load) {
  return !load.gpu.capacity_mb || load.vram_used_mb + demand.vram_mb <= *load.gpu.capacity_mb;
}

bool company_allows(const JobDemand& demand, const GpuLoad& load) {
  return !load.held_alone && (!demand.alone || load.slots_used == 0);
}

bool can_take(const JobDemand& demand, const GpuLoad& load) {
  return free_slots(load) > 0 && vram_fits(demand, load) && company_allows(demand, load);
}

bool could_ever_take(const JobDemand& demand, const Gpu& gpu) {
  return gpu.slots_max > 0 && (!gpu.capacity_mb || demand.vram_mb <= *gpu.capacity_mb);
}

Reason no_gpu_fits(const JobDemand& demand, std::span<const Gpu> gpus) {
  Megabytes largest = 0;
  bool any_slot = false;
  for (const Gpu& gpu : gpus) {
    if (gpu.slots_max == 0) continue;
    any_slot = true;
    largest = std::max(largest, gpu.capacity_mb.value_or(0));
  }
  if (!any_slot) {
    return {
        "no_gpu_fits",
        "no GPU has room for any job (0 slots in all): see `transcribe resources` and [gpus.N] in "
        "the configuration"};
  }
  return {"no_gpu_fits", "no GPU can hold this job: it needs " + as_gb(demand.vram_mb) +
                             " of VRAM, the largest GPU has room for " + as_gb(largest)};
}

Reason gpu_busy(const JobDemand& demand, std::span<const GpuLoad> gpus) {
  int used = 0;
  int total = 0;
  for (const GpuLoad& load : gpus) {
    used += load.slots_used;
    total += load.gpu.slots_max;
  }
  if (used >= total) {
    const std::string slots =
        total == 1 ? "the only slot is" : "all " + std::to_string(total) + " slots";
    return {"slots_busy", slots + " busy"};
  }
  if (demand.alone) {
    return {"slots_busy",
            "waiting for a GPU to itself, because earlier attempts took the daemon down (" +
                std::to_string(used) + " of " + std::to_string(total) + " slots busy)"};
  }
  const bool kept_apart = std::ranges::any_of(gpus, [&](const GpuLoad& load) {
    return load.held_alone && free_slots(load) > 0 && vram_fits(demand, load);
  });
  if (kept_apart) return {"slots_busy", "the free slots are beside a job that must run alone"};
  Megabytes most_free = 0;
  for (const GpuLoad& load : gpus) {
    if (free_slots(load) > 0 && load.gpu.capacity_mb) {
      most_free = std::max(most_free, *load.gpu.capacity_mb - load.vram_used_mb);
    }
  }
  return {"vram_busy", "needs " + as_gb(demand.vram_mb) + " of VRAM, " + as_gb_number(most_free) +
                           " GB is free on a GPU with a free slot"};
}

}  // namespace

Megabytes promised_ram(std::span<const EngineTreeRam> trees) {
  Megabytes sum = 0;
  for (const EngineTreeRam& tree : trees) {
    sum += std::max<Megabytes>(0, tree.promised_mb - tree.taken_mb);
  }
  return sum;
}

std::optional<int> place(const JobDemand& demand, std::span<const GpuLoad> gpus) {
  const GpuLoad* best = nullptr;
  for (const GpuLoad& load : gpus) {
    if (!can_take(demand, load)) continue;
    if (best == nullptr || free_slots(load) > free_slots(*best) ||
        (free_slots(load) == free_slots(*best) && load.gpu.id < best->gpu.id)) {
      best = &load;
    }
  }
  if (best == nullptr) return std::nullopt;
  return best->gpu.id;
}

std::optional<Reason> why_infeasible(const JobDemand& demand, std::span<const Gpu> gpus) {
  const bool feasible =
      std::ranges::any_of(gpus, [&](const Gpu& gpu) { return could_ever_take(demand, gpu); });
  if (feasible) return std::nullopt;
  return no_gpu_fits(demand, gpus);
}

Decision decide(const JobDemand& demand, std::span<const GpuLoad> gpus, const RamView& ram,
                const ResourcePolicy& policy, RamWait& ram_wait, SteadyTime now) {
  const bool feasible = std::ranges::any_of(
      gpus, [&](const GpuLoad& load) { return could_ever_take(demand, load.gpu); });
  if (!feasible) {
    ram_wait = {};
    std::vector<Gpu> all;
    for (const GpuLoad& load : gpus) all.push_back(load.gpu);
    return Infeasible{no_gpu_fits(demand, all)};
  }

  const std::optional<int> gpu = place(demand, gpus);
  if (!gpu) {
    ram_wait = {};
    return Blocked{gpu_busy(demand, gpus), std::nullopt};
  }

  const Megabytes free_mb = ram.available_mb - ram.promised_mb;
  if (demand.ram_mb == 0 || free_mb >= policy.min_system_ram_mb) {
    ram_wait = {};
    return Granted{*gpu, std::nullopt};
  }

  if (!ram_wait.since) ram_wait.since = now;
  const std::string numbers = "RAM " + as_gb_number(std::max<Megabytes>(0, free_mb)) + " of " +
                              as_gb(policy.min_system_ram_mb) + " free";
  const std::string promised =
      ram.promised_mb > 0 ? " (" + as_gb(ram.promised_mb) + " promised to jobs that just started)"
                          : "";
  if (policy.on_ram_timeout == ResourcePolicy::OnRamTimeout::wait) {
    return Blocked{{"ram_low", numbers + promised + ", waiting until there is enough"},
                   now + ram_look_interval};
  }
  const SteadyTime deadline = *ram_wait.since + policy.ram_wait_timeout;
  if (now >= deadline) {
    ram_wait = {};
    return Granted{*gpu, numbers + " after waiting " +
                             std::to_string(policy.ram_wait_timeout.count()) +
                             " s, starting anyway"};
  }
  const auto left = std::chrono::ceil<std::chrono::seconds>(deadline - now).count();
  return Blocked{
      {"ram_low", numbers + promised + ", " + std::to_string(left) + " s until it starts anyway"},
      std::min(now + ram_look_interval, deadline)};
}

}  // namespace transcribed::core
