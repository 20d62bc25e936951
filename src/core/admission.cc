#include "core/admission.h"

#include <algorithm>
#include <chrono>

namespace transcribed::core {
namespace {

// How often a job that waits for RAM looks again; the contract says "at least once a second".
constexpr std::chrono::seconds ram_look_interval{1};

// A worker is told to expect as many jobs as would fit if each took no more than this, and at least
// so many: what they take is known only once it is ready, and the ledger is the bound.
constexpr Megabytes smallest_job_mb = 64;
constexpr int least_jobs_expected = 64;

int free_slots(const GpuLoad& load) { return load.gpu.slots_max - load.slots_used; }

std::string mb(Megabytes amount) { return std::to_string(amount) + " MB"; }

// What one more job would add: its own memory, and the weights unless they are there.
VramCost to_add(const JobDemand& demand, const GpuLoad& load) {
  VramCost cost = demand.cost_on(load.gpu.id);
  if (cost.weights_mb == 0) return cost;
  const auto there = load.models.find(demand.model);
  if (there != load.models.end() && there->second.jobs > 0) {
    cost.weights_mb = std::max<Megabytes>(0, cost.weights_mb - there->second.weights_mb);
  }
  return cost;
}

int jobs_of_model(const JobDemand& demand, const GpuLoad& load) {
  const auto there = load.models.find(demand.model);
  return there == load.models.end() ? 0 : there->second.jobs;
}

bool decided_by_ledger(const JobDemand& demand, const Gpu& gpu) {
  return gpu.by_ledger && gpu.capacity_mb && demand.cost_on(gpu.id).of(1) > 0;
}

bool vram_fits(const JobDemand& demand, const GpuLoad& load) {
  return !load.gpu.capacity_mb ||
         load.vram_used_mb + to_add(demand, load).of(1) <= *load.gpu.capacity_mb;
}

// Jobs that run. A process that cannot be killed may stay for ever; it is nobody's company.
int jobs_running(const GpuLoad& load) { return load.slots_used - load.slots_quarantined; }

bool company_allows(const JobDemand& demand, const GpuLoad& load) {
  return !load.held_alone && (!demand.alone || jobs_running(load) == 0);
}

bool is_allowed(const JobDemand& demand, int gpu_id) {
  return (!demand.only_gpu || *demand.only_gpu == gpu_id) &&
         std::ranges::find(demand.not_on, gpu_id) == demand.not_on.end();
}

bool can_take(const JobDemand& demand, const GpuLoad& load) {
  return is_allowed(demand, load.gpu.id) && load.kept_off.empty() && room_for(demand, load) > 0 &&
         vram_fits(demand, load) && company_allows(demand, load);
}

bool could_ever_take(const JobDemand& demand, const Gpu& gpu) {
  return is_allowed(demand, gpu.id) && gpu.slots_max > 0 &&
         (!gpu.capacity_mb || demand.cost_on(gpu.id).of(1) <= *gpu.capacity_mb);
}

Reason no_gpu_fits(const JobDemand& demand, std::span<const Gpu> gpus) {
  Megabytes largest = -1;
  VramCost cost;  // there
  bool any_slot = false;
  for (const Gpu& gpu : gpus) {
    if (gpu.slots_max == 0) continue;
    any_slot = true;
    if (gpu.capacity_mb.value_or(0) <= largest) continue;
    largest = gpu.capacity_mb.value_or(0);
    cost = demand.cost_on(gpu.id);
  }
  if (!any_slot) {
    return {
        "no_gpu_fits",
        "no GPU has room for any job (0 slots in all): see `transcribe resources` and [gpus.N] in "
        "the configuration"};
  }
  const std::string parts = cost.weights_mb == 0 ? ""
                                                 : " (" + mb(cost.weights_mb) + " of weights and " +
                                                       mb(cost.per_job_mb) + " for a job)";
  return {"no_gpu_fits", "no GPU can hold this job: it needs " + as_gb(cost.of(1)) + " of VRAM" +
                             parts + ", the largest GPU has room for " + as_gb(largest)};
}

// There is room, but not in the model's process.
bool has_most_of_model(const JobDemand& demand, const GpuLoad& load) {
  const auto most = demand.most_on.find(load.gpu.id);
  return most != demand.most_on.end() && jobs_of_model(demand, load) >= most->second &&
         vram_fits(demand, load);
}

// What keeps the job off this GPU, with the ledger's numbers.
std::string ledger_says(const JobDemand& demand, const GpuLoad& load) {
  const std::string gpu = "GPU " + std::to_string(load.gpu.id);
  if (load.held_alone) return gpu + " is kept for a job that must run alone";
  const int jobs = jobs_of_model(demand, load);
  if (has_most_of_model(demand, load)) {
    return gpu + " runs " + std::to_string(jobs) + " of at most " +
           std::to_string(demand.most_on.at(load.gpu.id)) + " " + demand.model + " jobs";
  }
  if (!decided_by_ledger(demand, load.gpu)) {
    return gpu + " has " + std::to_string(load.slots_used) + " of " +
           std::to_string(load.gpu.slots_max) + " slots busy";
  }
  const Megabytes free = std::max<Megabytes>(0, *load.gpu.capacity_mb - load.vram_used_mb);
  return gpu + " has " + std::to_string(free) + " of " + mb(to_add(demand, load).of(1)) +
         " free for " + (jobs > 0 ? "another " : "a ") + demand.model + " job";
}

// Nothing where no GPU that could take the job is kept off.
std::optional<Reason> gpus_kept_off(const JobDemand& demand, std::span<const GpuLoad> gpus) {
  std::string message;
  bool others = false;
  for (const GpuLoad& load : gpus) {
    if (!could_ever_take(demand, load.gpu)) continue;
    others = others || load.kept_off.empty();
    if (!load.kept_off.empty()) message += (message.empty() ? "" : "; ") + load.kept_off;
  }
  if (message.empty()) return std::nullopt;
  if (others) message += "; what else could take the job is busy";
  return Reason{"vram_taken", std::move(message)};
}

Reason gpu_busy(const JobDemand& demand, std::span<const GpuLoad> gpus) {
  if (auto kept_off = gpus_kept_off(demand, gpus)) return std::move(*kept_off);
  int used = 0;
  int running = 0;
  int total = 0;
  bool by_ledger = false;
  for (const GpuLoad& load : gpus) {
    used += load.slots_used;
    running += jobs_running(load);
    total += load.gpu.slots_max;
    by_ledger =
        by_ledger || (decided_by_ledger(demand, load.gpu) && is_allowed(demand, load.gpu.id));
  }
  if (demand.alone && (by_ledger || used < total)) {
    const std::string which =
        demand.only_gpu ? "GPU " + std::to_string(*demand.only_gpu) : std::string("a GPU");
    return {"slots_busy",
            "waiting for " + which + " to itself, because of how earlier attempts ended (" +
                (by_ledger
                     ? std::to_string(running) + (running == 1 ? " job running)" : " jobs running)")
                     : std::to_string(used) + " of " + std::to_string(total) + " slots busy)")};
  }
  if (by_ledger) {
    std::string message;
    for (const GpuLoad& load : gpus) {
      if (!could_ever_take(demand, load.gpu)) continue;
      message += (message.empty() ? "" : ", ") + ledger_says(demand, load);
    }
    return {"vram_busy", std::move(message)};
  }
  if (used >= total) {
    const std::string slots =
        total == 1 ? "the only slot is" : "all " + std::to_string(total) + " slots";
    return {"slots_busy", slots + " busy"};
  }
  const bool kept_apart = std::ranges::any_of(gpus, [&](const GpuLoad& load) {
    return load.held_alone && free_slots(load) > 0 && vram_fits(demand, load);
  });
  if (kept_apart) return {"slots_busy", "the free slots are beside a job that must run alone"};
  std::string limits;
  bool by_process = false;
  for (const GpuLoad& load : gpus) {
    const bool most_of_model = free_slots(load) > 0 && has_most_of_model(demand, load);
    by_process = by_process || most_of_model;
    if (!most_of_model && (free_slots(load) > 0 || !could_ever_take(demand, load.gpu))) continue;
    limits += (limits.empty() ? "" : ", ") + ledger_says(demand, load);
  }
  if (by_process) return {"slots_busy", std::move(limits)};
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

VramCost JobDemand::cost_on(int gpu_id) const {
  const auto known = vram_on.find(gpu_id);
  return known == vram_on.end() ? VramCost{0, vram_mb} : known->second;
}

int room_for(const JobDemand& demand, const GpuLoad& load) {
  int room = free_slots(load);
  if (decided_by_ledger(demand, load.gpu)) {
    room = jobs_that_fit(to_add(demand, load), *load.gpu.capacity_mb - load.vram_used_mb);
  }
  if (const auto most = demand.most_on.find(load.gpu.id); most != demand.most_on.end()) {
    room = std::min(room, most->second - jobs_of_model(demand, load));
  }
  return std::max(0, room);
}

int slots_max_now(const JobDemand& default_model, const GpuLoad& load) {
  if (!load.gpu.by_ledger) return load.gpu.slots_max;
  return load.slots_used + room_for(default_model, load);
}

std::vector<int> gpus_that_hold(const JobDemand& demand, std::span<const Gpu> gpus) {
  std::vector<int> ids;
  for (const Gpu& gpu : gpus) {
    if (could_ever_take(demand, gpu)) ids.push_back(gpu.id);
  }
  return ids;
}

Yielding make_room(const Gpu& gpu, std::span<const ProcessOnGpu> processes) {
  Megabytes vram = 0;
  int count = 0;
  bool waits = false;
  std::vector<std::size_t> idle;
  for (std::size_t i = 0; i < processes.size(); ++i) {
    const ProcessOnGpu& one = processes[i];
    vram += one.jobs > 0 ? one.cost.of(one.jobs) : one.cost.idle();
    ++count;
    waits = waits || processes[i].leaving;
    if (processes[i].idle && !processes[i].leaving) idle.push_back(i);
  }
  const auto fits = [&] {
    return (gpu.by_ledger || count <= gpu.slots_max) &&
           (!gpu.capacity_mb || vram <= *gpu.capacity_mb);
  };
  if (fits()) return {{}, true};
  std::ranges::stable_sort(idle, {}, [&](std::size_t i) { return processes[i].idle_since; });
  Yielding out;
  for (const std::size_t i : idle) {
    if (fits()) break;
    vram -= processes[i].cost.idle();
    --count;
    out.end.push_back(i);
  }
  // The ledger granted the job, so what is in the way can only be processes on their way out.
  // Should there be none, waiting would be for ever.
  out.fits_now = out.end.empty() && !waits;
  return out;
}

int jobs_in_one_process(const Model& model, const Gpu& gpu, const VramCost& cost) {
  if (model.jobs_per_process) return *model.jobs_per_process;
  if (model.sharing != Sharing::model) return 1;
  if (!gpu.by_ledger || !gpu.capacity_mb || cost.of(1) == 0) return std::max(1, gpu.slots_max);
  return std::max({least_jobs_expected, jobs_that_fit(cost, *gpu.capacity_mb),
                   jobs_that_fit({0, smallest_job_mb}, *gpu.capacity_mb)});
}

Megabytes promised_ram(std::span<const EngineTreeRam> trees) {
  Megabytes sum = 0;
  for (const EngineTreeRam& tree : trees) {
    sum += std::max<Megabytes>(0, tree.promised_mb - tree.taken_mb);
  }
  return sum;
}

std::optional<std::string> why_never_enough_ram(const ResourcePolicy& policy, Megabytes total_mb) {
  if (total_mb == 0 || policy.ram_per_job_mb == 0 || policy.min_system_ram_mb < total_mb) {
    return std::nullopt;
  }
  const std::string then = policy.on_ram_timeout == ResourcePolicy::OnRamTimeout::wait
                               ? "no job will ever start"
                               : "each job waits " +
                                     std::to_string(policy.ram_wait_timeout.count()) +
                                     " s and starts anyway";
  return "A job starts only while " + as_gb(policy.min_system_ram_mb) +
         " of RAM are free, and there are only " + as_gb(total_mb) + " in all, so " + then +
         "; lower min_system_ram_mb.";
}

std::optional<int> place(const JobDemand& demand, std::span<const GpuLoad> gpus) {
  const GpuLoad* best = nullptr;
  int most = 0;
  for (const GpuLoad& load : gpus) {
    if (!can_take(demand, load)) continue;
    const int room = room_for(demand, load);
    if (best == nullptr || room > most || (room == most && load.gpu.id < best->gpu.id)) {
      best = &load;
      most = room;
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
