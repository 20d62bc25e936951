#include "scheduler/worker.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "scheduler/command_engine.h"
#include "scheduler/process_end_text.h"

namespace transcribed::scheduler {
namespace {

EngineOutcome ended_by_us(EngineOutcome::How how) {
  return {.how = how, .transcript = {}, .failure = {}};
}

}  // namespace

Worker::Worker(core::Model model, WorkerPlace place, ports::ProcessLauncher& launcher,
               ports::Clock& clock, EngineLimits limits, EventLog log, WorkerEvents events)
    : model_(std::move(model)),
      place_(std::move(place)),
      clock_(clock),
      limits_(limits),
      log_(std::move(log)),
      events_(std::move(events)),
      lines_(wire::max_line_bytes),
      errors_(limits.stderr_tail),
      launched_at_(clock.now()),
      idle_since_(launched_at_) {
  ports::LaunchSpec spec;
  spec.argv = model_.command;
  spec.environment = device_environment(place_.gpu_id, place_.pci_address);
  spec.standard_input = true;
  process_ = launcher.launch(
      std::move(spec), {
                           .on_stdout = [this](std::string_view chunk) { heard(chunk); },
                           .on_stderr = [this](std::string_view chunk) { errors_.append(chunk); },
                           .on_end = [this](const ports::ProcessEnd& end) { ended(end); },
                       });
  process_->write(wire::to_line(wire::ToWorker{wire::Load{.model = model_.name,
                                                          .file = model_.file,
                                                          .device = "gpu:0",
                                                          .slots = place_.slots,
                                                          .threads = place_.threads,
                                                          .vad_file = model_.vad_file}}));
  watch_silence();
}

void Worker::take(EngineJob job, EngineEvents events) {
  idle_.reset();
  const std::string name = job.id.to_string();
  Run& run = runs_[name];
  run.job = std::move(job);
  run.events = std::move(events);
  run.last_word = clock_.now();
  if (loaded_) tell(run);
  if (!silence_) watch_silence();
}

void Worker::tell(Run& run) {
  run.told = true;
  run.last_word = clock_.now();
  process_->write(wire::to_line(wire::ToWorker{wire::Transcribe{.job = run.job.id.to_string(),
                                                                .attempt = run.job.attempt,
                                                                .audio = run.job.audio_path,
                                                                .options = run.job.options}}));
  run.events.on_running(process_->root());
}

void Worker::cancel(core::JobId id) {
  const std::string name = id.to_string();
  Run* run = find(name);
  if (run == nullptr || run->cancelled) return;
  run->cancelled = true;
  if (ending_) return;  // its end comes with the process
  if (run->told) process_->write(wire::to_line(wire::ToWorker{wire::Cancel{name}}));
  // A job that waits for the load is let go by the same alarm, at once: not from inside this call.
  watch_cancel(*run, name, run->told ? limits_.cancel_grace : std::chrono::milliseconds{0});
}

void Worker::watch_cancel(Run& run, const std::string& job, std::chrono::milliseconds grace) {
  run.cancel_deadline = clock_.wake_at(clock_.now() + grace, [this, job] {
    Run* late = find(job);
    if (late == nullptr) return;
    if (!late->told) return finish(job, ended_by_us(EngineOutcome::How::cancelled));
    // One step of a large model on a CPU cannot be interrupted and takes a minute. The others'
    // attempts are worth more than this job's slot; whether all hang is for watch_silence() to see.
    if (serves_others()) return watch_cancel(*late, job, limits_.cancel_grace);
    give_up({core::FailureKind::engine_hung, "the engine did not obey a cancel"},
            limits_.kill_grace);
  });
}

bool Worker::serves_others() const {
  return std::ranges::any_of(runs_, [](const auto& run) { return !run.second.cancelled; });
}

void Worker::stop(std::chrono::milliseconds grace) {
  stopping_ = true;
  ending_ = true;
  process_->end(grace);
}

void Worker::retire() {
  idle_.reset();
  stop(limits_.kill_grace);
}

Worker::Run* Worker::find(const std::string& job) {
  const auto at = runs_.find(job);
  return at == runs_.end() ? nullptr : &at->second;
}

void Worker::heard(std::string_view chunk) {
  if (ending_) return;
  printed_since_idle_ += chunk.size();
  if (printed_since_idle_ > limits_.output_per_job * std::max<std::size_t>(1, runs_.size())) {
    return give_up(
        {core::FailureKind::engine_protocol,
         fmt::format("the engine printed more than {} MB for a job", limits_.output_per_job >> 20)},
        limits_.kill_grace);
  }
  const bool usable = lines_.feed(chunk, [this](std::string_view line) {
    auto message = wire::parse_from_worker(line);
    if (!message) {
      give_up({core::FailureKind::engine_protocol,
               "the engine does not speak the protocol: " + message.error()},
              limits_.kill_grace);
      return false;
    }
    return obey(*message);
  });
  if (!usable && !ending_) {
    give_up({core::FailureKind::engine_protocol,
             fmt::format("the engine does not speak the protocol: a line of more than {} bytes",
                         wire::max_line_bytes)},
            limits_.kill_grace);
  }
}

bool Worker::obey(const wire::FromWorker& message) {
  return std::visit([this](const auto& one) { return on_message(one); }, message);
}

bool Worker::on_message(const wire::Ready& ready) {
  if (loaded_) return true;
  loaded_ = true;
  device_ = ready.device;
  log_(LogLevel::info,
       fmt::format("Model {} loaded on GPU {} by {} {}{}", model_.name, place_.gpu_id, ready.engine,
                   ready.version, device_.empty() ? "" : ", on " + device_));
  for (auto& [name, run] : runs_) {
    if (!run.cancelled) tell(run);
  }
  if (runs_.empty()) became_idle();
  if (events_.on_ready) events_.on_ready(ready);
  return !ending_;
}

bool Worker::on_message(const wire::Progress& progress) {
  if (Run* run = find(progress.job); run != nullptr && run->told) {
    run->last_word = clock_.now();
    run->events.on_progress(progress.done_s, progress.total_s);
  }
  return true;
}

bool Worker::on_message(const wire::SegmentFound& found) {
  if (Run* run = find(found.job); run != nullptr && run->told) {
    run->last_word = clock_.now();
    run->events.on_segment(found.segment);
  }
  return true;
}

bool Worker::on_message(const wire::JobDone& done) {
  EngineOutcome outcome;
  outcome.transcript.language = done.language;
  outcome.transcript.duration_s = done.duration_s;
  outcome.transcript.language_probability = done.language_probability;
  finish(done.job, std::move(outcome));
  return !ending_;
}

bool Worker::on_message(const wire::JobFailed& failed) {
  if (failed.job.empty()) {
    give_up({failed.failure.kind,
             fmt::format("model {} could not be loaded: {}", model_.name, failed.failure.message)},
            limits_.kill_grace);
    return false;
  }
  const bool lost = core::is_lost_attempt(failed.failure.kind);
  finish(failed.job, {.how = lost ? EngineOutcome::How::lost : EngineOutcome::How::failed,
                      .transcript = {},
                      .failure = failed.failure});
  return !ending_;
}

bool Worker::on_message(const wire::JobCancelled& cancelled) {
  const Run* run = find(cancelled.job);
  if (run == nullptr) return true;
  if (!run->cancelled) {
    give_up({core::FailureKind::engine_protocol,
             "the engine cancelled a job that nobody asked to cancel"},
            limits_.kill_grace);
    return false;
  }
  finish(cancelled.job, ended_by_us(EngineOutcome::How::cancelled));
  return !ending_;
}

void Worker::finish(const std::string& job, EngineOutcome outcome) {
  const auto at = runs_.find(job);
  // A word about a job that is not here any more changes nothing.
  if (at == runs_.end()) return;
  // on_end may give this worker its next job at once, so everything is in order before it is
  // called.
  const EngineEvents events = std::move(at->second.events);
  runs_.erase(at);
  if (runs_.empty()) became_idle();
  events.on_end(std::move(outcome));
  if (is_idle()) events_.on_idle();
}

void Worker::became_idle() {
  printed_since_idle_ = 0;
  idle_since_ = clock_.now();
  if (ending_ || !loaded_ || model_.idle_timeout.count() == 0) return;
  idle_ = clock_.wake_at(idle_since_ + model_.idle_timeout, [this] {
    if (is_idle()) retire();
  });
}

void Worker::give_up(core::Failure failure, std::chrono::milliseconds grace) {
  if (!verdict_) verdict_ = std::move(failure);
  ending_ = true;
  process_->end(grace);
}

void Worker::watch_silence() {
  if (model_.silence_timeout.count() == 0) return;
  core::SteadyTime oldest = core::SteadyTime::max();
  if (!loaded_) oldest = launched_at_;
  for (const auto& [name, run] : runs_) {
    if (loaded_) oldest = std::min(oldest, run.last_word);
  }
  silence_.reset();
  if (oldest == core::SteadyTime::max() || ending_) return;
  const core::SteadyTime deadline = oldest + model_.silence_timeout;
  if (clock_.now() >= deadline) {
    return give_up(
        {core::FailureKind::engine_hung,
         fmt::format("no word from the engine for {} s{}", model_.silence_timeout.count(),
                     loaded_ ? "" : " while it loaded the model")},
        limits_.kill_grace);
  }
  silence_ = clock_.wake_at(deadline, [this] { watch_silence(); });
}

void Worker::ended(const ports::ProcessEnd& end) {
  ending_ = true;
  silence_.reset();
  idle_.reset();
  unkillable_ = end.how == ports::ProcessEnd::How::unkillable;
  core::Failure failure;
  if (verdict_) {
    failure = *verdict_;
  } else {
    failure = describe_end(end, "the engine", errors_);
    // A worker has no business to exit while it has jobs, whatever its status says.
    if (failure.kind == core::FailureKind::command_failed)
      failure.kind = core::FailureKind::engine_crashed;
  }
  auto runs = std::move(runs_);
  runs_.clear();
  for (auto& [name, run] : runs) {
    EngineOutcome outcome;
    outcome.unkillable = unkillable_;
    outcome.while_loading = !loaded_;
    if (run.cancelled) {
      outcome.how = EngineOutcome::How::cancelled;
    } else if (stopping_) {
      outcome.how = EngineOutcome::How::stopped;
    } else {
      outcome.how = core::is_lost_attempt(failure.kind) ? EngineOutcome::How::lost
                                                        : EngineOutcome::How::failed;
      outcome.failure = failure;
    }
    if (unkillable_) waiting_gone_.push_back(run.events.on_gone);
    run.events.on_end(std::move(outcome));
  }
  if (unkillable_) return events_.on_idle();
  for (const auto& gone : std::exchange(waiting_gone_, {})) gone();
  // The pool destroys this worker.
  const auto gone = std::move(events_.on_gone);
  gone();
}

}  // namespace transcribed::scheduler
