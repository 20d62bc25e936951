// One warm worker process: it loads a model once and takes jobs until it is ended.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ports/clock.h"
#include "ports/process_launcher.h"
#include "scheduler/engine_limits.h"
#include "scheduler/engine_run.h"
#include "scheduler/event_log.h"
#include "scheduler/process_output.h"
#include "wire/engine_protocol.h"

namespace transcribed::scheduler {

// What the pool that owns workers hears.
struct WorkerEvents {
  std::function<void()> on_idle;  // the last job left; it can take another
  std::function<void()> on_gone;  // the process tree is gone: the worker may be destroyed
};

class Worker {
 public:
  Worker(core::Model model, int gpu_id, core::Megabytes vram_mb, ports::ProcessLauncher& launcher,
         ports::Clock& clock, EngineLimits limits, EventLog log, WorkerEvents events);

  // Takes a job at once if the model is loaded, else as soon as it is.
  void take(EngineJob job, EngineEvents events);
  void cancel(core::JobId id);
  // The job ends as `stopped`, with the whole process.
  void stop(std::chrono::milliseconds grace);
  // For one without jobs: ends the process.
  void retire();

  const core::Model& model() const { return model_; }
  int gpu_id() const { return gpu_id_; }
  // What one of its jobs was granted; an idle worker is taken to hold as much.
  core::Megabytes vram_mb() const { return vram_mb_; }
  bool has_room() const {
    return !ending_ && static_cast<int>(runs_.size()) < model_.jobs_per_process.value_or(1);
  }
  bool is_idle() const { return !ending_ && runs_.empty(); }
  bool is_ending() const { return ending_; }
  // SIGKILL did not end it; a shutdown does not wait for it.
  bool is_unkillable() const { return unkillable_; }
  std::size_t job_count() const { return runs_.size(); }
  core::SteadyTime idle_since() const { return idle_since_; }

 private:
  struct Run {
    EngineJob job;
    EngineEvents events;
    core::SteadyTime last_word{};
    std::unique_ptr<ports::Alarm> cancel_deadline;
    bool told = false;
    bool cancelled = false;
  };

  void tell(Run& run);
  void heard(std::string_view chunk);
  bool obey(const wire::FromWorker& message);
  bool on_message(const wire::Ready& ready);
  bool on_message(const wire::Progress& progress);
  bool on_message(const wire::SegmentFound& found);
  bool on_message(const wire::JobDone& done);
  bool on_message(const wire::JobFailed& failed);
  bool on_message(const wire::JobCancelled& cancelled);
  Run* find(const std::string& job);
  void finish(const std::string& job, EngineOutcome outcome);
  // Ends the process; every job on it ends as lost with this failure, unless it was cancelled.
  void give_up(core::Failure failure, std::chrono::milliseconds grace);
  void watch_silence();
  void became_idle();
  void ended(const ports::ProcessEnd& end);

  core::Model model_;
  int gpu_id_;
  core::Megabytes vram_mb_;
  ports::Clock& clock_;
  EngineLimits limits_;
  EventLog log_;
  WorkerEvents events_;
  LineSplitter lines_;
  OutputTail errors_;
  std::size_t printed_since_idle_ = 0;
  bool loaded_ = false;
  bool ending_ = false;
  bool stopping_ = false;
  bool unkillable_ = false;
  std::optional<core::Failure> verdict_;
  std::map<std::string, Run> runs_;                  // by the job's id as text
  std::vector<std::function<void()>> waiting_gone_;  // on_gone of jobs that ended unkillable
  core::SteadyTime launched_at_{};
  core::SteadyTime idle_since_{};
  std::unique_ptr<ports::Alarm> silence_;
  std::unique_ptr<ports::Alarm> idle_;
  std::unique_ptr<ports::Process> process_;
};

}  // namespace transcribed::scheduler
