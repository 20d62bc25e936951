#include "core/resources.h"

#include <algorithm>
#include <limits>

namespace transcribed::core {
namespace {

// Beyond so many threads a job gains little.
constexpr int useful_threads = 4;

std::string named(int id, const std::string& name) {
  return "GPU " + std::to_string(id) + " (" + name + ")";
}

std::string section(int id) { return "[gpus." + std::to_string(id) + "]"; }

std::string mb(Megabytes amount) { return std::to_string(amount) + " MB"; }

// What detection alone says about one GPU, with a warning when that is no slot.
Gpu judge(const DetectedGpu& detected, const ResourcePolicy& policy,
          std::vector<std::string>& warnings) {
  Gpu gpu;
  gpu.id = detected.id;
  gpu.name = detected.name;
  gpu.pci_address = detected.pci_address;
  if (!detected.total_mb) {
    warnings.push_back(named(gpu.id, gpu.name) +
                       " did not tell how much memory it has, so it gets no job slots; set `slots` "
                       "under " +
                       section(gpu.id) + " to use it.");
    return gpu;
  }
  gpu.total_mb = *detected.total_mb;
  gpu.slots_max = slots_by_vram(gpu.total_mb, policy);
  gpu.capacity_mb = std::max<Megabytes>(0, gpu.total_mb - policy.vram_headroom_mb);
  gpu.by_ledger = policy.vram_accounting == VramAccounting::ledger;
  if (gpu.by_ledger) {
    if (gpu.capacity_mb > 0) {
      gpu.slots_max = std::max(1, gpu.slots_max);
    } else {
      warnings.push_back(named(gpu.id, gpu.name) + " has " + mb(gpu.total_mb) +
                         " of memory, no more than the " + mb(policy.vram_headroom_mb) +
                         " of headroom, so it gets no jobs; lower vram_headroom_mb, or set "
                         "`slots` under " +
                         section(gpu.id) + ".");
    }
    return gpu;
  }
  if (gpu.slots_max == 0) {
    warnings.push_back(named(gpu.id, gpu.name) + " has " + mb(gpu.total_mb) +
                       " of memory, too little for a job of " + mb(policy.vram_per_job_mb) +
                       " beside " + mb(policy.vram_headroom_mb) +
                       " of headroom, so it gets no job slots; lower vram_per_job_mb or "
                       "vram_headroom_mb, or set `slots` under " +
                       section(gpu.id) + ".");
  }
  return gpu;
}

// The same, where the config has already decided and detection's verdict needs no warning.
Gpu judge_quietly(const DetectedGpu& detected, const ResourcePolicy& policy) {
  std::vector<std::string> unwanted;
  return judge(detected, policy, unwanted);
}

Gpu apply(const DetectedGpu& detected, const GpuSettings& settings, const ResourcePolicy& policy,
          std::vector<std::string>& warnings) {
  if (!settings.enabled) {
    Gpu gpu = judge_quietly(detected, policy);
    gpu.enabled = false;
    gpu.slots_max = 0;
    return gpu;
  }
  if (settings.slots) {
    Gpu gpu = judge_quietly(detected, policy);
    gpu.slots_max = std::max(0, *settings.slots);
    gpu.capacity_mb.reset();
    gpu.by_ledger = false;
    return gpu;
  }
  return judge(detected, policy, warnings);
}

// What stands in for detection when there is none: one job at a time has always worked.
GpuInventory unknown_gpu(const std::string& failure, const GpuSettingsById& settings,
                         const ResourcePolicy& policy, const Machine& machine) {
  GpuInventory inventory;
  Gpu gpu;
  gpu.name = "unknown";
  gpu.slots_max = cpu_slots(machine, policy);
  if (auto found = settings.find(0); found != settings.end()) {
    gpu.enabled = found->second.enabled;
    if (found->second.slots) gpu.slots_max = std::max(0, *found->second.slots);
    if (!gpu.enabled) gpu.slots_max = 0;
  }
  inventory.warnings.push_back(
      "The GPUs could not be detected: " + failure + ". One GPU of unknown size is assumed, with " +
      std::to_string(gpu.slots_max) + (gpu.slots_max == 1 ? " job slot." : " job slots."));
  inventory.gpus.push_back(std::move(gpu));
  return inventory;
}

std::string without_full_stop(std::string text) {
  while (!text.empty() && (text.back() == '.' || text.back() == ' ')) text.pop_back();
  return text;
}

}  // namespace

int GpuInventory::total_slots() const {
  std::int64_t total = 0;
  for (const Gpu& gpu : gpus) total += gpu.slots_max;
  return static_cast<int>(std::min<std::int64_t>(total, std::numeric_limits<int>::max()));
}

int slots_by_vram(Megabytes total_mb, const ResourcePolicy& policy) {
  // The config refuses vram_per_job_mb = 0; a division by zero must not be one refusal away.
  if (policy.vram_per_job_mb <= 0 || total_mb <= policy.vram_headroom_mb) return 0;
  const Megabytes slots = (total_mb - policy.vram_headroom_mb) / policy.vram_per_job_mb;
  return static_cast<int>(std::min<Megabytes>(slots, std::numeric_limits<int>::max()));
}

int cpu_slots(const Machine& machine, const ResourcePolicy& policy) {
  const bool by_ledger = policy.vram_accounting == VramAccounting::ledger;
  const int chosen = policy.cpu_slots.value_or(by_ledger ? 0 : 1);
  if (chosen > 0) return chosen;
  const int cores = std::max(1, machine.cores);
  const int threads = policy.cpu_threads > 0 ? policy.cpu_threads : std::min(useful_threads, cores);
  Megabytes slots = cores / threads;
  if (machine.ram_mb > 0 && policy.ram_per_job_mb > 0) {
    slots = std::min(slots, (machine.ram_mb - policy.min_system_ram_mb) / policy.ram_per_job_mb);
  }
  return static_cast<int>(std::max<Megabytes>(1, slots));
}

int threads_per_job(const Machine& machine, int slots, bool on_gpu, const ResourcePolicy& policy) {
  if (policy.cpu_threads > 0) return policy.cpu_threads;
  const int share = std::max(1, machine.cores / std::max(1, slots));
  return on_gpu ? std::min(useful_threads, share) : share;
}

std::map<int, int> threads_by_gpu(std::span<const Gpu> gpus, const Machine& machine,
                                  const ResourcePolicy& policy) {
  int slots = 0;
  for (const Gpu& gpu : gpus) slots += std::min(gpu.slots_max, machine.cores);
  std::map<int, int> out;
  for (const Gpu& gpu : gpus) {
    out[gpu.id] = threads_per_job(machine, slots, gpu.total_mb > 0, policy);
  }
  return out;
}

GpuInventory take_inventory(const GpuDetection& detection, const GpuSettingsById& settings,
                            const ResourcePolicy& policy, const Machine& machine) {
  GpuInventory inventory;
  if (detection.failure || detection.gpus.empty()) {
    inventory = unknown_gpu(without_full_stop(detection.failure.value_or("no GPU was reported")),
                            settings, policy, machine);
  } else {
    for (const DetectedGpu& detected : detection.gpus) {
      auto found = settings.find(detected.id);
      const GpuSettings chosen = found == settings.end() ? GpuSettings{} : found->second;
      inventory.gpus.push_back(apply(detected, chosen, policy, inventory.warnings));
    }
    std::ranges::sort(inventory.gpus, {}, &Gpu::id);
  }
  // What detection noticed comes before what follows from it.
  inventory.warnings.insert(inventory.warnings.begin(), detection.warnings.begin(),
                            detection.warnings.end());
  for (const auto& [id, unused] : settings) {
    if (std::ranges::none_of(inventory.gpus, [id = id](const Gpu& gpu) { return gpu.id == id; })) {
      inventory.warnings.push_back("The config has a section " + section(id) +
                                   ", but no GPU with that number was detected; it has no effect.");
    }
  }
  if (inventory.total_slots() == 0) {
    inventory.warnings.push_back(
        "No GPU has room for any job, so every job will wait; enable a GPU, set its `slots`, or "
        "lower vram_per_job_mb or vram_headroom_mb.");
  }
  return inventory;
}

}  // namespace transcribed::core
