// May this job start now, and where? Pure decisions over snapshots: no clock, no I/O, no threads.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <variant>

#include "core/reason.h"
#include "core/resources.h"
#include "core/time.h"

namespace transcribed::core {

// What one job asks for.
struct JobDemand {
  Megabytes vram_mb = 0;
  // What the job is promised when it starts. 0 turns the RAM rule off for it.
  Megabytes ram_mb = 0;
  bool alone = false;  // no other job beside it on its GPU
};

// One GPU at the moment of the decision.
struct GpuLoad {
  Gpu gpu;
  int slots_used = 0;          // leases held, quarantined ones included
  Megabytes vram_used_mb = 0;  // of those leases
  bool held_alone = false;     // a lease on it must stay alone
};

// RAM at the moment of the decision.
struct RamView {
  Megabytes available_mb = 0;  // smaller of MemAvailable and what the cgroups leave
  Megabytes promised_mb = 0;   // see promised_ram()
};

// One engine's process tree, for the promise formula.
struct EngineTreeRam {
  Megabytes promised_mb = 0;  // sum of ram_mb over its jobs whose promise has not ended
  Megabytes taken_mb = 0;     // RssAnon + RssShmem of the whole tree
};

// The contract's sum: over engine trees of max(0, promised - taken).
Megabytes promised_ram(std::span<const EngineTreeRam> trees);

// The GPU with the most free slots among those that can take the job now, then the lowest id.
// Nothing when none can.
std::optional<int> place(const JobDemand& demand, std::span<const GpuLoad> gpus);

// Why no GPU could take the job even with the whole machine idle; nothing when one could.
std::optional<Reason> why_infeasible(const JobDemand& demand, std::span<const Gpu> gpus);

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
