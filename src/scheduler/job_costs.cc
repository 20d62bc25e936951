// What the JobManager knows and learns of the memory that jobs take.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "scheduler/job_manager.h"

namespace transcribed::scheduler {
namespace {

std::string in_words(const core::VramCost& cost) {
  if (cost.weights_mb == 0) return fmt::format("{} MB a job", cost.per_job_mb);
  return fmt::format("{} MB of weights and {} MB a job", cost.weights_mb, cost.per_job_mb);
}

}  // namespace

core::JobDemand JobManager::plain_demand(const core::Model& model) const {
  core::JobDemand demand = costs_.demand(model, resources_.gpus());
  if (model.sharing == core::Sharing::model) {
    // One process a GPU, which takes no more jobs than it was told to expect.
    for (const core::Gpu& gpu : resources_.gpus()) {
      if (const auto told = engines_.told_slots(model.name, gpu.id)) demand.most_on[gpu.id] = *told;
    }
  }
  return demand;
}

std::vector<int> JobManager::gpus_able_to_run(const core::Job& job) const {
  const core::Model* model = model_of(job);
  if (model == nullptr) return {};
  return core::gpus_that_hold(plain_demand(*model), resources_.gpus());
}

void JobManager::keep(const core::CostRecord& record) {
  const auto default_model = options_.models.find(options_.default_model);
  if (default_model != options_.models.end()) {
    resources_.set_default_model(costs_.demand(default_model->second, resources_.gpus()));
  }
  bring_back_aside();
  // What is not kept is learned again at the next load.
  store_.put_cost(record, [](ports::WriteResult) {});
}

void JobManager::bring_back_aside() {
  const auto back = std::erase_if(announced_aside_, [this](const std::string& name) {
    const auto model = options_.models.find(name);
    return model != options_.models.end() &&
           !resources_.why_infeasible(plain_demand(model->second));
  });
  if (back > 0) queue_.read_again();
}

void JobManager::disarm_aside(const core::Job& job) {
  store_.requeue(job.id, job.attempt + 1, false, job.lost,
                 [this, model = job.model](ports::WriteResult) {
                   // Its model was brought back meanwhile; the read may have been too early.
                   if (announced_aside_.contains(model)) return;
                   queue_.read_again();
                   scheduler_loop();
                 });
}

void JobManager::on_ready(const core::Model& model, int gpu_id, const wire::Ready& ready) {
  const std::optional<core::GpuLoad> on = resources_.load(gpu_id);
  if (!on) return;
  const std::optional<core::CostRecord> learned = costs_.learn(model, on->gpu, ready);
  const core::VramCost cost = costs_.cost(model, on->gpu);
  resources_.reprice(model.name, gpu_id, cost);
  engines_.reprice(model.name, gpu_id, cost);
  if (learned) keep(*learned);
  if (learned && on->gpu.by_ledger && ready.vram_mb > 0) {
    log_(LogLevel::info, fmt::format("Model {} on GPU {} ({}) takes {}", model.name, gpu_id,
                                     on->gpu.name, in_words(cost)));
  }
  // Even where nothing is new: another GPU of the kind may have taught it, and the jobs on this one
  // cost less only now.
  scheduler_loop();
}

void JobManager::learn_out_of_memory(const core::Job& job, const SlotLease& lease,
                                     EngineOutcome& outcome) {
  const std::optional<core::GpuLoad> on = resources_.load(lease.gpu_id());
  const core::Model* model = model_of(job);
  if (!on || model == nullptr) return;
  const auto of_model = on->models.find(model->name);
  const int jobs = of_model == on->models.end() ? 1 : of_model->second.jobs;
  const core::VramCost granted = lease.cost();
  outcome.failure.message += fmt::format(
      " (on GPU {} with {}: {} of {} jobs there were of model {}, granted {}", on->gpu.id,
      on->gpu.total_mb > 0 ? fmt::format("{} MB", on->gpu.total_mb) : "unknown memory", jobs,
      on->slots_used, model->name, in_words(granted));
  outcome.failure.message += on->gpu.capacity_mb
                                 ? fmt::format("; {} of {} MB for jobs were granted in all)",
                                               on->vram_used_mb, *on->gpu.capacity_mb)
                                 : std::string(")");
  if (!on->gpu.by_ledger) return;
  const core::OutOfMemory what{.while_loading = outcome.while_loading,
                               .jobs = jobs,
                               .others_mb = on->vram_used_mb - granted.of(jobs),
                               .capacity_mb = *on->gpu.capacity_mb};
  const core::VramCost before = costs_.cost(*model, on->gpu);
  const auto learned = costs_.learn(*model, on->gpu, granted, what);
  if (!learned) return;
  keep(*learned);
  const core::VramCost after = costs_.cost(*model, on->gpu);
  if (after == before) {
    log_(LogLevel::warn,
         fmt::format("Model {} ran out of memory on GPU {}: its figures, {}, are set in the "
                     "configuration and stay; set them higher",
                     model->name, on->gpu.id, in_words(before)));
  } else {
    log_(LogLevel::warn,
         fmt::format("Model {} ran out of memory on GPU {}: from now on it is taken to need {}",
                     model->name, on->gpu.id, in_words(after)));
  }
}

void JobManager::suspect_other_programs(const core::Job& job, const SlotLease& lease) {
  const std::optional<core::GpuLoad> on = resources_.load(lease.gpu_id());
  const core::Model* model = model_of(job);
  if (!on || model == nullptr || engines_.has_others_on(lease.gpu_id(), model->name)) return;
  if (on->slots_used - on->slots_quarantined > 1) return;
  // A slot may be larger than what the model takes: less would do.
  shortage_.suspect(on->gpu, std::min(lease.cost().of(1), costs_.alone_mb(*model, on->gpu)));
}

}  // namespace transcribed::scheduler
