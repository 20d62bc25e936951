#include "scheduler/resource_manager.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace transcribed::scheduler {
namespace {

// A reading of the RAM figures serves this long. What starts meanwhile is counted with its whole
// promise, so a burst cannot pass on a stale reading; a refusal is always confirmed by a new one.
constexpr std::chrono::milliseconds reading_lasts{20};

}  // namespace

SlotLease::SlotLease(SlotLease&& other) noexcept
    : owner_(std::exchange(other.owner_, nullptr)), key_(other.key_), gpu_id_(other.gpu_id_) {}

SlotLease& SlotLease::operator=(SlotLease&& other) noexcept {
  if (this != &other) {
    end("released");
    owner_ = std::exchange(other.owner_, nullptr);
    key_ = other.key_;
    gpu_id_ = other.gpu_id_;
  }
  return *this;
}

void SlotLease::runs_in(pid_t tree_root) {
  if (owner_ != nullptr) owner_->held_.at(key_).tree_root = tree_root;
}

core::VramCost SlotLease::cost() const { return owner_->held_.at(key_).cost; }

void SlotLease::quarantine(std::string_view outcome) {
  if (owner_ == nullptr) return;
  auto& held = owner_->held_.at(key_);
  held.quarantined = true;
  owner_->log_(LogLevel::warn,
               fmt::format("Job {} {}, but its process cannot be killed: GPU {} slot quarantined",
                           held.job.to_string(), outcome, held.gpu_id));
}

void SlotLease::end(std::string_view outcome) {
  if (ResourceManager* owner = std::exchange(owner_, nullptr)) owner->release(key_, outcome);
}

ResourceManager::ResourceManager(core::ResourcePolicy policy, ports::Clock& clock,
                                 ports::MemoryProbe& memory, EventLog log)
    : policy_(policy), clock_(clock), memory_(memory), log_(std::move(log)) {}

void ResourceManager::initialize(core::GpuInventory inventory, core::JobDemand default_model) {
  default_model_ = std::move(default_model);
  for (const std::string& warning : inventory.warnings) log_(LogLevel::warn, warning);
  for (const core::Gpu& gpu : inventory.gpus) {
    log_(LogLevel::info,
         fmt::format("GPU {} ({}): {} MB VRAM, {} slots available", gpu.id, gpu.name, gpu.total_mb,
                     core::slots_max_now(default_model_, load_of(gpu))));
  }
  gpus_ = std::move(inventory.gpus);
  log_(LogLevel::info, fmt::format("Resource manager initialized: {} total slots across {} GPUs",
                                   total_slots(), gpus_.size()));
  if (const auto why = core::why_never_enough_ram(policy_, memory_.read().total_mb)) {
    log_(LogLevel::warn, *why);
  }
}

int ResourceManager::total_slots() const {
  int sum = 0;
  for (const core::Gpu& gpu : gpus_) sum += core::slots_max_now(default_model_, load_of(gpu));
  return sum;
}

std::optional<core::GpuLoad> ResourceManager::load(int gpu_id) const {
  const auto gpu = std::ranges::find(gpus_, gpu_id, &core::Gpu::id);
  if (gpu == gpus_.end()) return std::nullopt;
  return load_of(*gpu);
}

void ResourceManager::reprice(const std::string& model, int gpu_id, const core::VramCost& cost) {
  for (auto& [key, held] : held_) {
    if (held.gpu_id == gpu_id && held.demand.model == model) held.cost = cost;
  }
}

core::GpuLoad ResourceManager::load_of(const core::Gpu& gpu) const {
  core::GpuLoad load{.gpu = gpu};
  if (const auto why = kept_off_.find(gpu.id); why != kept_off_.end()) load.kept_off = why->second;
  // A process that cannot be killed keeps its weights, and no job can join it.
  std::map<std::pair<std::string, pid_t>, core::Megabytes> weights_kept;
  for (const auto& [key, held] : held_) {
    if (held.gpu_id != gpu.id) continue;
    ++load.slots_used;
    load.vram_used_mb += held.cost.per_job_mb;
    if (held.quarantined) {
      ++load.slots_quarantined;
      core::Megabytes& kept = weights_kept[{held.demand.model, held.tree_root}];
      kept = std::max(kept, held.cost.weights_mb);
      continue;
    }
    load.held_alone |= held.demand.alone;
    core::ModelLoad& model = load.models[held.demand.model];
    ++model.jobs;
    model.weights_mb = std::max(model.weights_mb, held.cost.weights_mb);
  }
  for (const auto& [name, model] : load.models) load.vram_used_mb += model.weights_mb;
  for (const auto& [process, weights_mb] : weights_kept) load.vram_used_mb += weights_mb;
  return load;
}

std::vector<core::GpuLoad> ResourceManager::loads() const {
  std::vector<core::GpuLoad> out;
  out.reserve(gpus_.size());
  for (const core::Gpu& gpu : gpus_) out.push_back(load_of(gpu));
  return out;
}

core::RamView ResourceManager::ram_view(core::SteadyTime now, bool fresh) {
  const auto promise_runs = [&](const Held& held) {
    return held.demand.ram_mb > 0 && now - held.since < policy_.ram_promise_lasts;
  };
  if (fresh || !read_at_ || now - *read_at_ > reading_lasts) {
    system_ = memory_.read();
    read_at_ = now;
    tree_taken_.clear();
    for (const auto& [key, held] : held_) {
      if (held.tree_root != 0 && promise_runs(held) && !tree_taken_.contains(held.tree_root)) {
        tree_taken_[held.tree_root] = memory_.tree_rss_mb(held.tree_root);
      }
    }
  }

  std::vector<core::EngineTreeRam> trees;
  std::map<pid_t, std::size_t> tree_at;
  for (const auto& [key, held] : held_) {
    if (!promise_runs(held)) continue;
    const auto taken = tree_taken_.find(held.tree_root);
    if (held.tree_root == 0 || taken == tree_taken_.end()) {
      trees.push_back({held.demand.ram_mb, 0});
      continue;
    }
    const auto [at, is_new] = tree_at.try_emplace(held.tree_root, trees.size());
    if (is_new) trees.push_back({0, taken->second});
    trees[at->second].promised_mb += held.demand.ram_mb;
  }
  return {system_.available_mb, core::promised_ram(trees)};
}

AcquireResult ResourceManager::acquire(core::JobId job, const core::JobDemand& demand) {
  if (waiting_job_ != job) {
    waiting_job_ = job;
    ram_wait_ = {};
  }
  const core::SteadyTime now = clock_.now();
  const std::vector<core::GpuLoad> gpus = loads();
  const bool was_waiting_for_ram = ram_wait_.since.has_value();

  core::RamWait wait = ram_wait_;
  const bool reading_is_new = read_at_ == now;
  core::RamView ram = ram_view(now, false);
  core::Decision decision = core::decide(demand, gpus, ram, policy_, wait, now);
  const bool turned_on_ram = wait.since.has_value() || was_waiting_for_ram;
  if (turned_on_ram && !reading_is_new) {
    wait = ram_wait_;
    ram = ram_view(now, true);
    decision = core::decide(demand, gpus, ram, policy_, wait, now);
  }
  ram_wait_ = wait;

  if (const auto* blocked = std::get_if<core::Blocked>(&decision)) {
    if (ram_wait_.since && !was_waiting_for_ram) {
      const auto free_mb = std::max<core::Megabytes>(0, ram.available_mb - ram.promised_mb);
      log_(LogLevel::warn, fmt::format("System RAM low ({} free), waiting before starting job...",
                                       core::as_gb(free_mb)));
    }
    return *blocked;
  }
  if (const auto* infeasible = std::get_if<core::Infeasible>(&decision)) {
    waiting_job_.reset();
    return *infeasible;
  }

  const auto& granted = std::get<core::Granted>(decision);
  waiting_job_.reset();
  if (granted.ram_warning) {
    log_(LogLevel::warn, fmt::format("Job {}: {}", job.to_string(), *granted.ram_warning));
  }
  const std::uint64_t key = next_key_++;
  held_.emplace(key, Held{.job = job,
                          .gpu_id = granted.gpu_id,
                          .demand = demand,
                          .cost = demand.cost_on(granted.gpu_id),
                          .since = now});
  log_(LogLevel::info,
       fmt::format("Job {} assigned to GPU {} (slot {}/{} now used)", job.to_string(),
                   granted.gpu_id, used_on(granted.gpu_id), slots_of(granted.gpu_id)));
  return SlotLease(this, key, granted.gpu_id);
}

int ResourceManager::used_on(int gpu_id) const {
  return static_cast<int>(std::ranges::count_if(
      held_, [&](const auto& entry) { return entry.second.gpu_id == gpu_id; }));
}

int ResourceManager::slots_of(int gpu_id) const {
  const auto now = load(gpu_id);
  return now ? core::slots_max_now(default_model_, *now) : 0;
}

void ResourceManager::release(std::uint64_t key, std::string_view outcome) {
  const auto held = held_.find(key);
  const Held was = held->second;
  held_.erase(held);
  log_(LogLevel::info,
       fmt::format("Job {} {}, GPU {} slot released ({}/{} now used)", was.job.to_string(), outcome,
                   was.gpu_id, used_on(was.gpu_id), slots_of(was.gpu_id)));
  if (released_) released_();
}

ResourceStatus ResourceManager::status() {
  ResourceStatus out;
  for (core::GpuLoad& load : loads()) {
    load.gpu.slots_max = core::slots_max_now(default_model_, load);
    out.gpus.push_back({.gpu = std::move(load.gpu),
                        .slots_used = load.slots_used,
                        .slots_quarantined = load.slots_quarantined,
                        .vram_used_mb = load.vram_used_mb});
  }
  const core::RamView ram = ram_view(clock_.now(), false);
  out.system_ram_mb = system_.total_mb;
  out.system_ram_available_mb = ram.available_mb;
  out.system_ram_promised_mb = ram.promised_mb;
  out.min_system_ram_mb = policy_.min_system_ram_mb;
  return out;
}

std::optional<std::chrono::seconds> ResourceManager::ram_wait_left() const {
  if (!ram_wait_.since || policy_.on_ram_timeout == core::ResourcePolicy::OnRamTimeout::wait) {
    return std::nullopt;
  }
  const auto left = *ram_wait_.since + policy_.ram_wait_timeout - clock_.now();
  return std::max(std::chrono::seconds(0), std::chrono::ceil<std::chrono::seconds>(left));
}

}  // namespace transcribed::scheduler
