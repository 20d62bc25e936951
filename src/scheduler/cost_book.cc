#include "scheduler/cost_book.h"

namespace transcribed::scheduler {

CostBook::CostBook(core::ResourcePolicy policy, std::map<std::string, std::string> identities,
                   const std::vector<core::CostRecord>& known)
    : policy_(policy), identities_(std::move(identities)) {
  for (const core::CostRecord& record : known) known_[{record.model, record.device}] = record.cost;
}

CostBook::Key CostBook::key(const core::Model& model, const core::Gpu& gpu) const {
  const auto at = identities_.find(model.name);
  std::string identity = at == identities_.end() ? model.name : at->second;
  // What a job ran out of is another figure where it brings its own weights.
  if (model.sharing == core::Sharing::none) identity += " (not shared)";
  return {std::move(identity), gpu.name};
}

core::MeasuredCost CostBook::measured(const Key& key) const {
  const auto at = known_.find(key);
  return at == known_.end() ? core::MeasuredCost{} : at->second;
}

core::VramCost CostBook::cost(const core::Model& model, const core::Gpu& gpu) const {
  if (!gpu.by_ledger) return {0, model.vram_mb.value_or(policy_.vram_per_job_mb)};
  return core::vram_cost(model, measured(key(model, gpu)), policy_);
}

core::Megabytes CostBook::alone_mb(const core::Model& model, const core::Gpu& gpu) const {
  return core::vram_cost(model, measured(key(model, gpu)), policy_).of(1);
}

core::JobDemand CostBook::demand(const core::Model& model, std::span<const core::Gpu> gpus) const {
  core::JobDemand out{.vram_mb = model.vram_mb.value_or(policy_.vram_per_job_mb),
                      .ram_mb = model.ram_mb.value_or(policy_.ram_per_job_mb),
                      .alone = false,
                      .model = model.name,
                      .vram_on = {},
                      .most_on = {},
                      .only_gpu = {},
                      .not_on = {}};
  for (const core::Gpu& gpu : gpus) {
    if (gpu.by_ledger) out.vram_on[gpu.id] = cost(model, gpu);
    if (model.sharing == core::Sharing::model && model.jobs_per_process) {
      out.most_on[gpu.id] = *model.jobs_per_process;
    }
  }
  return out;
}

core::JobDemand CostBook::demand_of_any() const {
  core::JobDemand out;
  out.vram_mb = policy_.vram_per_job_mb;
  out.ram_mb = policy_.ram_per_job_mb;
  return out;
}

std::optional<core::CostRecord> CostBook::keep(const Key& key, const core::MeasuredCost& cost) {
  if (cost == measured(key)) return std::nullopt;
  known_[key] = cost;
  return core::CostRecord{key.first, key.second, cost};
}

std::optional<core::CostRecord> CostBook::learn(const core::Model& model, const core::Gpu& gpu,
                                                const wire::Ready& ready) {
  const Key at = key(model, gpu);
  core::MeasuredCost cost = measured(at);
  if (!ran_out_.contains(at)) cost.least_weights_mb = cost.least_per_job_mb = 0;
  cost.vram_mb = ready.vram_mb;
  cost.vram_per_job_mb = ready.vram_per_job_mb;
  cost.ram_mb = ready.ram_mb;
  cost.ram_per_job_mb = ready.ram_per_job_mb;
  if (gpu.by_ledger && gpu.capacity_mb) {
    cost = core::such_that_one_fits(cost, model, *gpu.capacity_mb, policy_);
  }
  return keep(at, cost);
}

std::optional<core::CostRecord> CostBook::learn(const core::Model& model, const core::Gpu& gpu,
                                                const core::VramCost& granted,
                                                const core::OutOfMemory& what) {
  const Key at = key(model, gpu);
  ran_out_.insert(at);
  return keep(at, core::after_out_of_memory(measured(at), granted, what));
}

}  // namespace transcribed::scheduler
