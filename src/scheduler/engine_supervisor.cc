#include "scheduler/engine_supervisor.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace transcribed::scheduler {

EngineSupervisor::EngineSupervisor(ports::ProcessLauncher& launcher, ports::Clock& clock,
                                   EngineLimits limits, EventLog log)
    : launcher_(launcher), clock_(clock), limits_(limits), log_(std::move(log)) {}

const core::Gpu* EngineSupervisor::gpu(int id) const {
  const auto at = std::ranges::find(gpus_, id, &core::Gpu::id);
  return at == gpus_.end() ? nullptr : &*at;
}

void EngineSupervisor::start(EngineJob job, EngineEvents events) {
  if (must_wait_for_its_process(job) || !make_room(job)) {
    pending_.push_back({std::move(job), std::move(events), nullptr});
    return;
  }
  start_now(std::move(job), std::move(events));
}

void EngineSupervisor::start_now(EngineJob job, EngineEvents events) {
  if (const core::Gpu* on = gpu(job.gpu_id)) job.pci_address = on->pci_address;
  if (job.model.kind == core::EngineKind::command) {
    start_command(std::move(job), std::move(events));
  } else {
    start_worker(std::move(job), std::move(events));
  }
}

Worker* EngineSupervisor::warm_worker_for(const EngineJob& job) {
  if (job.model.kind != core::EngineKind::worker) return nullptr;
  Worker* best = nullptr;
  for (const auto& worker : workers_) {
    if (worker->gpu_id() != job.gpu_id || worker->model().name != job.model.name ||
        !worker->has_room())
      continue;
    // Fill one process before another, so that the others can fall idle and yield.
    if (best == nullptr || worker->job_count() > best->job_count()) best = worker.get();
  }
  return best;
}

bool EngineSupervisor::must_wait_for_its_process(const EngineJob& job) const {
  if (job.model.sharing != core::Sharing::model) return false;
  return std::ranges::any_of(workers_, [&](const auto& worker) {
    return worker->gpu_id() == job.gpu_id && worker->model().name == job.model.name &&
           !worker->is_ending() && !worker->has_room();
  });
}

bool EngineSupervisor::has_gpu_to_itself(const EngineJob& job) {
  const Worker* own = warm_worker_for(job);
  bool alone = true;
  for (const auto& worker : workers_) {
    if (worker->gpu_id() != job.gpu_id || worker.get() == own || worker->is_unkillable()) continue;
    if (worker->is_idle()) worker->retire();
    alone = alone && !worker->is_ending();
  }
  return alone;
}

bool EngineSupervisor::make_room(const EngineJob& job) {
  if (job.alone && !has_gpu_to_itself(job)) return false;
  const core::Gpu* on = gpu(job.gpu_id);
  if (on == nullptr) return true;
  std::vector<core::ProcessOnGpu> there;
  std::vector<Worker*> worker_at;
  for (const auto& worker : workers_) {
    if (worker->gpu_id() != on->id) continue;
    there.push_back({.cost = worker->vram(),
                     .jobs = static_cast<int>(worker->jobs_held()),
                     .idle = worker->is_idle(),
                     .leaving = worker->is_ending() && !worker->is_unkillable(),
                     .idle_since = worker->idle_since()});
    worker_at.push_back(worker.get());
  }
  for (const auto& [id, run] : commands_) {
    if (run->job().gpu_id == on->id) there.push_back({.cost = run->job().vram, .jobs = 1});
  }
  // The job, and those that wait, go into a warm process of their model or into one of their own.
  std::map<std::string, std::size_t> own;
  const auto add = [&](const EngineJob& one) {
    const bool by_worker = one.model.kind == core::EngineKind::worker;
    for (std::size_t i = 0; by_worker && i < worker_at.size(); ++i) {
      const Worker& worker = *worker_at[i];
      if (worker.model().name != one.model.name || worker.is_ending()) continue;
      if (there[i].jobs >= worker.slots()) continue;
      ++there[i].jobs;
      there[i].idle = false;
      return;
    }
    if (one.model.sharing == core::Sharing::model) {
      if (const auto at = own.find(one.model.name); at != own.end()) {
        ++there[at->second].jobs;
        return;
      }
      own[one.model.name] = there.size();
    }
    there.push_back({.cost = one.vram, .jobs = 1});
  };
  for (const Pending& other : pending_) {
    if (other.job.gpu_id == on->id && other.job.id != job.id) add(other.job);
  }
  add(job);
  const core::Yielding yielding = core::make_room(*on, there);
  for (const std::size_t i : yielding.end) worker_at[i]->retire();
  return yielding.fits_now;
}

WorkerPlace EngineSupervisor::place_for(const EngineJob& job) const {
  WorkerPlace place{.gpu_id = job.gpu_id,
                    .pci_address = job.pci_address,
                    .vram = job.vram,
                    .slots = 1,
                    .threads = 1};
  if (const core::Gpu* on = gpu(job.gpu_id)) {
    place.slots = core::jobs_in_one_process(job.model, *on, job.vram);
  }
  if (job.model.threads > 0) {
    place.threads = job.model.threads;
  } else if (const auto at = threads_.find(job.gpu_id); at != threads_.end()) {
    place.threads = at->second;
  }
  return place;
}

void EngineSupervisor::reprice(const std::string& model, int gpu_id, const core::VramCost& cost) {
  for (const auto& worker : workers_) {
    if (worker->gpu_id() == gpu_id && worker->model().name == model) worker->reprice(cost);
  }
}

std::vector<ProcessStatus> EngineSupervisor::processes() const {
  std::vector<ProcessStatus> out;
  for (const auto& worker : workers_) {
    const int jobs = static_cast<int>(worker->jobs_held());
    const core::VramCost& vram = worker->vram();
    out.push_back({.gpu_id = worker->gpu_id(),
                   .model = worker->model().name,
                   .jobs = jobs,
                   .vram_mb = jobs > 0 ? vram.of(jobs) : vram.idle(),
                   .device = worker->device()});
  }
  return out;
}

std::optional<int> EngineSupervisor::told_slots(const std::string& model, int gpu_id) const {
  for (const auto& worker : workers_) {
    if (worker->gpu_id() == gpu_id && worker->model().name == model && !worker->is_ending()) {
      return worker->slots();
    }
  }
  return std::nullopt;
}

void EngineSupervisor::start_command(EngineJob job, EngineEvents events) {
  const core::JobId id = job.id;
  const auto end = std::move(events.on_end);
  const auto gone = std::move(events.on_gone);
  const int gpu_id = job.gpu_id;
  events.on_end = [this, id, gpu_id, end](EngineOutcome outcome) {
    std::unique_ptr<CommandRun> run;
    if (!outcome.unkillable) {
      const auto at = commands_.find(id);
      run = std::move(at->second);
      commands_.erase(at);
    }
    end(std::move(outcome));
    resume_pending(gpu_id);
    check_stopped();
  };
  events.on_gone = [this, id, gone] {
    const auto at = commands_.find(id);
    const std::unique_ptr<CommandRun> run = std::move(at->second);
    commands_.erase(at);
    gone();
  };
  const auto on_running = events.on_running;
  auto run =
      std::make_unique<CommandRun>(std::move(job), std::move(events), launcher_, clock_, limits_);
  CommandRun& placed = *(commands_[id] = std::move(run));
  on_running(placed.root());
}

void EngineSupervisor::start_worker(EngineJob job, EngineEvents events) {
  const core::JobId id = job.id;
  Worker* worker = warm_worker_for(job);
  if (worker == nullptr) {
    // The worker's events need its address, which is known only after it is made.
    auto self = std::make_shared<Worker*>(nullptr);
    auto made =
        std::make_unique<Worker>(job.model, place_for(job), launcher_, clock_, limits_, log_,
                                 WorkerEvents{
                                     .on_idle = [this, self] { worker_idle(*self); },
                                     .on_ready =
                                         [this, self](const wire::Ready& ready) {
                                           if (ready_) {
                                             ready_((*self)->model(), (*self)->gpu_id(), ready);
                                           }
                                         },
                                     .on_gone = [this, self] { worker_gone(*self); },
                                 });
    worker = made.get();
    *self = worker;
    workers_.push_back(std::move(made));
  }
  const auto end = std::move(events.on_end);
  const int gpu_id = job.gpu_id;
  events.on_end = [this, id, gpu_id, end](EngineOutcome outcome) {
    on_worker_.erase(id);
    end(std::move(outcome));
    resume_pending(gpu_id);
  };
  on_worker_[id] = worker;
  worker->take(std::move(job), std::move(events));
}

void EngineSupervisor::worker_idle(Worker* worker) {
  resume_pending(worker->gpu_id());
  check_stopped();
}

void EngineSupervisor::worker_gone(Worker* worker) {
  const int gpu_id = worker->gpu_id();
  const auto at = std::ranges::find(workers_, worker, [](const auto& one) { return one.get(); });
  const std::unique_ptr<Worker> keep = std::move(*at);
  workers_.erase(at);
  resume_pending(gpu_id);
  if (yielded_) yielded_();
  check_stopped();
}

void EngineSupervisor::resume_pending(int gpu_id) {
  for (auto at = pending_.begin(); at != pending_.end();) {
    const bool here = at->job.gpu_id == gpu_id && !at->cancel_soon;
    if (!here || must_wait_for_its_process(at->job) || !make_room(at->job)) {
      ++at;
      continue;
    }
    Pending next = std::move(*at);
    at = pending_.erase(at);
    start_now(std::move(next.job), std::move(next.events));
  }
}

void EngineSupervisor::end_pending(std::list<Pending>::iterator at, EngineOutcome::How how) {
  // Not from inside cancel(): the caller is told that on_end comes later.
  const core::JobId id = at->job.id;
  at->cancel_soon = clock_.wake_at(clock_.now(), [this, id, how] {
    const auto found =
        std::ranges::find(pending_, id, [](const Pending& one) { return one.job.id; });
    if (found == pending_.end()) return;
    const Pending gone = std::move(*found);
    pending_.erase(found);
    gone.events.on_end({.how = how, .transcript = {}, .failure = {}});
    resume_pending(gone.job.gpu_id);
    check_stopped();
  });
}

void EngineSupervisor::cancel(core::JobId id) {
  if (const auto command = commands_.find(id); command != commands_.end()) {
    command->second->cancel();
  } else if (const auto worker = on_worker_.find(id); worker != on_worker_.end()) {
    worker->second->cancel(id);
  } else if (const auto at =
                 std::ranges::find(pending_, id, [](const Pending& one) { return one.job.id; });
             at != pending_.end()) {
    end_pending(at, EngineOutcome::How::cancelled);
  }
}

bool EngineSupervisor::yield_idle(const std::string& wanted) {
  bool any = false;
  for (const auto& worker : workers_) {
    if (!worker->is_idle() || worker->model().name == wanted) continue;
    worker->retire();
    any = true;
  }
  if (any) return true;
  bool keep_one = true;
  for (const auto& worker : workers_) {
    if (!worker->is_idle()) continue;
    if (std::exchange(keep_one, false)) continue;
    worker->retire();
    any = true;
  }
  return any;
}

void EngineSupervisor::retire_idle_on(int gpu_id) {
  for (const auto& worker : workers_) {
    if (worker->gpu_id() == gpu_id && worker->is_idle()) worker->retire();
  }
}

bool EngineSupervisor::has_others_on(int gpu_id, const std::string& model) const {
  int of_model = 0;
  for (const auto& worker : workers_) {
    if (worker->gpu_id() != gpu_id || worker->is_ending()) continue;
    if (worker->model().name != model || ++of_model > 1) return true;
  }
  return false;
}

void EngineSupervisor::stop_all(std::chrono::milliseconds grace, std::function<void()> done) {
  stopped_ = std::move(done);
  for (auto at = pending_.begin(); at != pending_.end(); ++at)
    end_pending(at, EngineOutcome::How::stopped);
  for (auto& [id, run] : commands_) run->stop(grace);
  for (const auto& worker : workers_) worker->stop(grace);
  // Not from inside this call, as with every other callback.
  stop_check_ = clock_.wake_at(clock_.now(), [this] { check_stopped(); });
}

bool EngineSupervisor::all_stopped() const {
  return pending_.empty() &&
         std::ranges::all_of(commands_,
                             [](const auto& entry) { return entry.second->is_unkillable(); }) &&
         std::ranges::all_of(workers_, [](const auto& worker) { return worker->is_unkillable(); });
}

void EngineSupervisor::check_stopped() {
  if (stopped_ && all_stopped()) std::exchange(stopped_, nullptr)();
}

}  // namespace transcribed::scheduler
