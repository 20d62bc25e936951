// The command engine: one process a job, from a template. What it prints is the transcript, or the
// file at {output} where the template names it.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ports/clock.h"
#include "ports/process_launcher.h"
#include "scheduler/engine_limits.h"
#include "scheduler/engine_run.h"
#include "scheduler/process_output.h"

namespace transcribed::scheduler {

// The template with its placeholders filled in: {audio} {model} {language} {output} {device}.
// {language} is "auto" when none was asked for; {output} becomes the launcher's "{result_file}".
std::vector<std::string> fill_command(const EngineJob& job);

// What tells an engine its GPU: CUDA sees no other, the rest can find it by its PCI address (empty:
// unknown, then nothing is said about it).
std::vector<std::string> device_environment(int gpu_id, const std::string& pci_address);

class CommandRun {
 public:
  CommandRun(EngineJob job, EngineEvents events, ports::ProcessLauncher& launcher,
             ports::Clock& clock, EngineLimits limits);

  void cancel();
  void stop(std::chrono::milliseconds grace);
  const EngineJob& job() const { return job_; }
  pid_t root() const { return process_->root(); }
  // SIGKILL did not end it; a shutdown does not wait for it.
  bool is_unkillable() const { return unkillable_; }

 private:
  void watch_silence();
  void heard(std::string_view chunk);
  void end_as(EngineOutcome::How how, core::FailureKind kind, std::string message,
              std::chrono::milliseconds grace);
  void ended(const ports::ProcessEnd& end);
  EngineOutcome outcome_of(const ports::ProcessEnd& end);

  EngineJob job_;
  EngineEvents events_;
  ports::Clock& clock_;
  EngineLimits limits_;
  std::string printed_;
  OutputTail errors_;
  core::SteadyTime last_word_;
  std::unique_ptr<ports::Alarm> silence_;
  // Why we ended it, when we did.
  std::optional<EngineOutcome> verdict_;
  bool unkillable_ = false;
  std::unique_ptr<ports::Process> process_;
};

}  // namespace transcribed::scheduler
