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
  std::function<void()> on_idle;                     // the last job left; it can take another
  std::function<void(const wire::Ready&)> on_ready;  // the model is loaded
  std::function<void()> on_gone;  // the process tree is gone: the worker may be destroyed
};

// Where a worker runs and what it may do there.
struct WorkerPlace {
  int gpu_id = 0;
  std::string pci_address{};  // of that GPU; empty: unknown
  core::VramCost vram;        // of the model and each job
  int slots = 1;              // jobs at once
  int threads = 1;            // for each
};

class Worker {
 public:
  Worker(core::Model model, WorkerPlace place, ports::ProcessLauncher& launcher,
         ports::Clock& clock, EngineLimits limits, EventLog log, WorkerEvents events);

  // Takes a job at once if the model is loaded, else as soon as it is.
  void take(EngineJob job, EngineEvents events);
  // A cancel that is not obeyed in time ends the process, but not while other jobs need it.
  void cancel(core::JobId id);
  // The job ends as `stopped`, with the whole process.
  void stop(std::chrono::milliseconds grace);
  // For one without jobs: ends the process.
  void retire();

  const core::Model& model() const { return model_; }
  int gpu_id() const { return place_.gpu_id; }
  // What its model and each job take by the ledger.
  const core::VramCost& vram() const { return place_.vram; }
  void reprice(const core::VramCost& vram) { place_.vram = vram; }
  int slots() const { return place_.slots; }
  // Where it said that it runs; empty until it is ready.
  const std::string& device() const { return device_; }
  bool has_room() const { return !ending_ && static_cast<int>(runs_.size()) < place_.slots; }
  bool is_idle() const { return !ending_ && runs_.empty(); }
  bool is_ending() const { return ending_; }
  // SIGKILL did not end it; a shutdown does not wait for it.
  bool is_unkillable() const { return unkillable_; }
  std::size_t job_count() const { return runs_.size(); }
  // Jobs whose memory it holds: those it has, and those that ended although it cannot be killed.
  std::size_t jobs_held() const { return runs_.size() + waiting_gone_.size(); }
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
  void watch_cancel(Run& run, const std::string& job, std::chrono::milliseconds grace);
  bool serves_others() const;
  void finish(const std::string& job, EngineOutcome outcome);
  // Ends the process; every job on it ends as lost with this failure, unless it was cancelled.
  void give_up(core::Failure failure, std::chrono::milliseconds grace);
  void watch_silence();
  void became_idle();
  void ended(const ports::ProcessEnd& end);

  core::Model model_;
  WorkerPlace place_;
  std::string device_;
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
