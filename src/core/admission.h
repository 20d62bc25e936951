// May this job start now, and where? Pure decisions over snapshots: no clock, no I/O, no threads.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "core/reason.h"
#include "core/resources.h"
#include "core/time.h"
#include "core/vram_cost.h"

namespace transcribed::core {

// What one job asks for.
struct JobDemand {
  Megabytes vram_mb = 0;  // on a GPU that `vram_on` does not name
  // What the job is promised when it starts. 0 turns the RAM rule off for it.
  Megabytes ram_mb = 0;
  bool alone = false;                    // no other job beside it on its GPU
  std::string model = {};                // whose weights it shares with others of the same model
  std::map<int, VramCost> vram_on = {};  // by the id of each GPU whose ledger decides
  std::map<int, int> most_on = {};       // jobs of the model at once, by GPU, where that is bounded
  std::optional<int> only_gpu = {};      // this one or none
  std::vector<int> not_on = {};          // never on these

  VramCost cost_on(int gpu_id) const;
};

// The jobs of one model on one GPU.
struct ModelLoad {
  Megabytes weights_mb = 0;  // counted once
  int jobs = 0;

  bool operator==(const ModelLoad&) const = default;
};

// One GPU at the moment of the decision.
struct GpuLoad {
  Gpu gpu;
  int slots_used = 0;          // leases held, quarantined ones included
  int slots_quarantined = 0;   // of those: their process cannot be killed
  Megabytes vram_used_mb = 0;  // of those leases, the weights of each model among them once
  bool held_alone = false;     // a lease on it must stay alone; not a quarantined one
  std::map<std::string, ModelLoad, std::less<>> models = {};  // without quarantined leases
  std::string kept_off = {};  // why it takes no job now, whatever room there is; empty: it may
};

// RAM at the moment of the decision.
struct RamView {
  Megabytes available_mb = 0;  // smaller of MemAvailable and what the cgroups leave
  Megabytes promised_mb = 0;   // see promised_ram()
};

// A sentence when no reading can ever meet the threshold: a machine has less RAM than it asks for.
// `total_mb` is the smaller of MemTotal and the cgroup limit; 0 is unknown.
std::optional<std::string> why_never_enough_ram(const ResourcePolicy& policy, Megabytes total_mb);

// One engine's process tree, for the promise formula.
struct EngineTreeRam {
  Megabytes promised_mb = 0;  // sum of ram_mb over its jobs whose promise has not ended
  Megabytes taken_mb = 0;     // RssAnon + RssShmem of the whole tree
};

// The contract's sum: over engine trees of max(0, promised - taken).
Megabytes promised_ram(std::span<const EngineTreeRam> trees);

// How many jobs like this one the GPU's slots and memory leave room for right now. Per job: its
// free slots. By the ledger: what of (capacity - used) such jobs would fill, the weights counted
// unless the model is there; a job that takes no VRAM gets slots as with per_job. Idle warm
// processes are not in the way: they yield.
int room_for(const JobDemand& demand, const GpuLoad& load);

// `slots_max` as it is shown. By the ledger: the slots in use and room_for() the default model.
int slots_max_now(const JobDemand& default_model, const GpuLoad& load);

// The GPU with the most room for jobs like this one (its free slots) among those that can take it
// now, then the lowest id. Nothing when none can.
std::optional<int> place(const JobDemand& demand, std::span<const GpuLoad> gpus);

// The GPUs that could take the job with the whole machine idle, by id.
std::vector<int> gpus_that_hold(const JobDemand& demand, std::span<const Gpu> gpus);

// Why no GPU could take the job even with the whole machine idle; nothing when one could.
std::optional<Reason> why_infeasible(const JobDemand& demand, std::span<const Gpu> gpus);

// A process, or several of one kind, that holds memory of a GPU or is about to.
struct ProcessOnGpu {
  VramCost cost;
  int jobs = 0;       // with those about to join it
  bool idle = false;  // it could be ended without loss
  bool leaving = false;
  SteadyTime idle_since{};
};

// Which idle processes must end before what is on the GPU fits, the longest idle first, as indices.
// Nothing ends in vain when they are not enough: what is left is on its way out.
struct Yielding {
  std::vector<std::size_t> end;
  bool fits_now = false;  // the job need not wait for any of them, nor for one that leaves
};
Yielding make_room(const Gpu& gpu, std::span<const ProcessOnGpu> processes);

// How many jobs a worker of this model is told to expect at once: jobs_per_process by hand; 1
// without sharing; else the GPU's slots; by the ledger generously more than it is likely to grant.
int jobs_in_one_process(const Model& model, const Gpu& gpu, const VramCost& cost);

// The head's wait for RAM: from the moment RAM alone blocks it until it is admitted, gives up, or
// RAM was enough in between. A value; the caller keeps one for the head of the queue.
struct RamWait {
  std::optional<SteadyTime> since;
  bool operator==(const RamWait&) const = default;
};

struct Granted {
  int gpu_id = 0;
  // Set when the job starts although RAM is low, because it waited long enough: the log's warning.
  std::optional<std::string> ram_warning;
};
struct Blocked {
  Reason reason;
  // When to look again although nothing happened; nothing: an event will come (a release).
  std::optional<SteadyTime> look_again_at;
};
struct Infeasible {
  Reason reason;
};
using Decision = std::variant<Granted, Blocked, Infeasible>;

// The one atomic decision, for the job at the head of the queue. Updates `ram_wait`. Slots and VRAM
// are looked at first: the wait for RAM counts only while RAM alone is in the way.
Decision decide(const JobDemand& demand, std::span<const GpuLoad> gpus, const RamView& ram,
                const ResourcePolicy& policy, RamWait& ram_wait, SteadyTime now);

}  // namespace transcribed::core
