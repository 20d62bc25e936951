// Runs attempts on engines: a process a job for command engines, a pool of warm workers for the
// rest. An idle worker yields to a job of another model that needs its memory. Loop thread only.
#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/admission.h"
#include "core/resources.h"
#include "ports/clock.h"
#include "ports/process_launcher.h"
#include "scheduler/command_engine.h"
#include "scheduler/engine_run.h"
#include "scheduler/event_log.h"
#include "scheduler/resource_status.h"
#include "scheduler/worker.h"

namespace transcribed::scheduler {

class EngineSupervisor {
 public:
  EngineSupervisor(ports::ProcessLauncher& launcher, ports::Clock& clock, EngineLimits limits,
                   EventLog log);

  // The GPUs whose capacity and slots bound how many processes may be warm on each. `threads`: for
  // each job of a model that leaves them open, by the GPU's id; 1 where it is not there.
  void initialize(std::vector<core::Gpu> gpus, std::map<int, int> threads = {}) {
    gpus_ = std::move(gpus);
    threads_ = std::move(threads);
  }

  // The caller holds the slot. The job starts at once, or once the idle workers in its way are
  // gone. There is never more than one process of a model that shares on a GPU, those on their way
  // out apart.
  void start(EngineJob job, EngineEvents events);
  void cancel(core::JobId id);

  // RAM is short and `wanted` waits for it: ends idle workers of other models, or, when there are
  // none, all idle ones of `wanted` but one. False when there was nothing to end.
  bool yield_idle(const std::string& wanted);
  // Idle workers leave this GPU.
  void retire_idle_on(int gpu_id);
  // Whether other processes than one worker of this model, with jobs or without, are on the GPU.
  // Those on their way out do not count.
  bool has_others_on(int gpu_id, const std::string& model) const;
  // A worker has loaded its model and says what that takes.
  void on_ready(std::function<void(const core::Model&, int gpu_id, const wire::Ready&)> listener) {
    ready_ = std::move(listener);
  }
  // What the processes of a model on a GPU take is known better than when they were started.
  void reprice(const std::string& model, int gpu_id, const core::VramCost& cost);
  // The warm workers, in the order of their start.
  std::vector<ProcessStatus> processes() const;
  // How many jobs the process of this sharing model on this GPU was told to expect; nothing when
  // there is none.
  std::optional<int> told_slots(const std::string& model, int gpu_id) const;

  // Called whenever a process that had no job any more is gone, so RAM may have come back.
  void on_yielded(std::function<void()> listener) { yielded_ = std::move(listener); }

  // Ends every job (as `stopped`) and every worker; `done` once all are gone, those that cannot be
  // killed excepted. Calling it again with a shorter grace shortens the wait.
  void stop_all(std::chrono::milliseconds grace, std::function<void()> done);
  bool all_stopped() const;

 private:
  struct Pending {
    EngineJob job;
    EngineEvents events;
    std::unique_ptr<ports::Alarm> cancel_soon;
  };
  using Workers = std::list<std::unique_ptr<Worker>>;

  // False when idle workers must leave first; they are told to.
  bool make_room(const EngineJob& job);
  // For a job that must be alone: true once no process is left on its GPU that it cannot use; idle
  // ones are told to leave, those that cannot be killed are not waited for.
  bool has_gpu_to_itself(const EngineJob& job);
  void start_now(EngineJob job, EngineEvents events);
  void start_command(EngineJob job, EngineEvents events);
  void start_worker(EngineJob job, EngineEvents events);
  Worker* warm_worker_for(const EngineJob& job);
  // The one process of its model is full: a second would load the weights once more.
  bool must_wait_for_its_process(const EngineJob& job) const;
  WorkerPlace place_for(const EngineJob& job) const;
  void resume_pending(int gpu_id);
  void end_pending(std::list<Pending>::iterator at, EngineOutcome::How how);
  void worker_idle(Worker* worker);
  void worker_gone(Worker* worker);
  void check_stopped();
  const core::Gpu* gpu(int id) const;

  ports::ProcessLauncher& launcher_;
  ports::Clock& clock_;
  EngineLimits limits_;
  EventLog log_;
  std::vector<core::Gpu> gpus_;
  std::unordered_map<core::JobId, std::unique_ptr<CommandRun>> commands_;
  Workers workers_;
  std::unordered_map<core::JobId, Worker*> on_worker_;
  std::list<Pending> pending_;
  std::map<int, int> threads_;
  std::function<void(const core::Model&, int, const wire::Ready&)> ready_;
  std::function<void()> yielded_;
  std::function<void()> stopped_;
  std::unique_ptr<ports::Alarm> stop_check_;
};

}  // namespace transcribed::scheduler
