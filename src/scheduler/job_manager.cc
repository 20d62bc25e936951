#include "scheduler/job_manager.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace transcribed::scheduler {
namespace {

// A disk that is full now may not be in a second.
constexpr std::chrono::seconds write_again_after{1};
constexpr std::chrono::milliseconds stop_grace{2000};

std::string_view word_for(EngineOutcome::How how) {
  switch (how) {
    case EngineOutcome::How::completed:
      return "completed";
    case EngineOutcome::How::failed:
      return "failed";
    case EngineOutcome::How::cancelled:
      return "cancelled";
    case EngineOutcome::How::lost:
    case EngineOutcome::How::stopped:
      return "requeued";
  }
  return "failed";
}

}  // namespace

JobManager::JobManager(JobManagerOptions options, ports::JobStore& store,
                       ResourceManager& resources, CostBook& costs, EngineSupervisor& engines,
                       Outgoing outgoing, ports::Clock& clock, EventLog log,
                       std::function<void(const std::string&)> forget_upload)
    : options_(std::move(options)),
      observer_(options_.observer != nullptr ? *options_.observer : no_observer_),
      store_(store),
      resources_(resources),
      costs_(costs),
      engines_(engines),
      outgoing_(outgoing),
      clock_(clock),
      log_(std::move(log)),
      forget_upload_(std::move(forget_upload)),
      shortage_(clock, options_.ask_vram, resources, engines, log_, [this] { scheduler_loop(); }),
      events_(clock, options_.events) {
  events_.on_first_subscriber([this] {
    if (!resources_due_) {
      resources_due_ = clock_.wake_at(clock_.now(), [this] { tell_resources(); });
    }
  });
  resources_.on_release([this] { scheduler_loop(); });
  engines_.on_ready([this](const core::Model& model, int gpu_id, const wire::Ready& ready) {
    on_ready(model, gpu_id, ready);
  });
  outgoing_.fetches.listen(
      {.on_end = [this](core::JobId id, auto how) { fetch_ended(id, std::move(how)); },
       .on_change = [this](core::JobId id) { tell_fetching(id); },
       .on_leftover = [this](const std::string& path) { forget_upload_(path); }});
  engines_.on_yielded([this] {
    resources_.ram_came_back();
    scheduler_loop();
  });
}

JobManager::~JobManager() {
  resources_.on_release(nullptr);
  engines_.on_yielded(nullptr);
  engines_.on_ready(nullptr);
  outgoing_.fetches.listen({});
  for (auto& [id, lease] : quarantined_) lease.leave_taken();
}

void JobManager::start(ports::StoreSummary summary) {
  ids_.emplace(summary.last_id, options_.id_seed);
  places_ = core::FairShare(summary.flows, summary.heads);
  queued_ = summary.queued;
  queued_of_ = std::move(summary.queued_of);
  started_ = true;
  for (core::Job& job : summary.interrupted) rescue(std::move(job));
  if (queued_ > 0) log_(LogLevel::info, fmt::format("{} queued jobs found, going on", queued_));
  for (const core::Job& job : summary.to_fetch) fetch(job);
  outgoing_.webhooks.look();
  read_on();
  scheduler_loop();
}

void JobManager::rescue(core::Job job) {
  const core::JobId id = job.id;
  job.lost.push_back(
      {job.attempt, {core::FailureKind::daemon_lost, "the daemon ended while it ran"}, job.gpu_id});
  Settling settling{.job = std::move(job),
                    .begun = {},
                    .end = {},
                    .requeue = false,
                    .segments_told = false,
                    .trouble_told = false,
                    .cancel_answers = {},
                    .again = {}};
  observer_.attempt_ended(
      settling.job.model, settling.job.gpu_id.value_or(0),
      {.how = EngineOutcome::How::lost, .failure = core::FailureKind::daemon_lost});
  settling.begun = {settling.job.started_at.value_or(clock_.wall_now()),
                    settling.job.gpu_id.value_or(0)};
  const core::RetryDecision decision =
      core::after_lost_attempt(settling.job.lost, gpus_able_to_run(settling.job));
  settling.requeue = decision.retry;
  settling.end = {.state = core::JobState::failed,
                  .ended_at = clock_.wall_now(),
                  .failure = decision.failure,
                  .transcript = std::nullopt,
                  .lost = settling.job.lost};
  log_(LogLevel::warn,
       fmt::format("Job {} was running when the last daemon ended: {}", id.to_string(),
                   decision.retry ? "requeued" : "failed, " + decision.failure.message));
  settle(id, std::move(settling));
}

const core::Model* JobManager::model_of(const core::Job& job) const {
  const auto at = options_.models.find(job.model);
  return at == options_.models.end() ? nullptr : &at->second;
}

core::JobDemand JobManager::demand_of(const core::Job& job, const core::Model& model) const {
  core::JobDemand demand = plain_demand(model);
  if (job.lost.empty()) return demand;
  core::AttemptTerms terms =
      core::next_terms(job.lost, core::gpus_that_hold(demand, resources_.gpus()));
  demand.alone = terms.alone;
  demand.only_gpu = terms.only_gpu;
  // It may never have that GPU to itself again, or not for hours.
  const auto only = demand.only_gpu ? resources_.load(*demand.only_gpu) : std::nullopt;
  if (only && (only->slots_quarantined > 0 || shortage_.is_short(only->gpu.id)))
    demand.only_gpu.reset();
  demand.not_on = std::move(terms.not_on);
  return demand;
}

void JobManager::arm_ahead() {
  if (arm_again_) return;
  for (const core::Job& job : queue_.next_to_arm(options_.armed_ahead)) {
    const core::JobId id = job.id;
    store_.arm(id, job.attempt + 1, [this, id](ports::WriteResult result) { armed(id, result); });
  }
}

void JobManager::armed(core::JobId id, ports::WriteResult result) {
  JobQueue::Entry* entry = queue_.find(id);
  if (entry == nullptr) return;  // cancelled meanwhile
  if (result == ports::WriteResult::ok) {
    storage_failing_ = false;
    entry->arming = JobQueue::Arming::armed;
    if (entry == queue_.head()) scheduler_loop();
    return;
  }
  auto taken = queue_.take(id);
  // Stale or not there: it was cancelled or run after it had been read. The store knows better.
  if (!ports::failed_to_write(result)) return scheduler_loop();
  storage_failing_ = true;
  head_waits(core::Reason{"storage", "the data folder cannot be written (disk full?)"});
  log_(LogLevel::error,
       fmt::format("Job {} cannot start: the data folder cannot be written", id.to_string()));
  taken->arming = JobQueue::Arming::no;
  queue_.restore(std::move(*taken));
  arm_again_ = clock_.wake_at(clock_.now() + write_again_after, [this] {
    arm_again_.reset();
    scheduler_loop();
  });
}

void JobManager::scheduler_loop() {
  if (!started_ || draining_) return;
  // A release inside the loop only asks for another round.
  if (in_loop_) {
    loop_again_ = true;
    return;
  }
  in_loop_ = true;
  do {
    loop_again_ = false;
    while (schedule_head()) {
    }
  } while (loop_again_);
  in_loop_ = false;
  arm_ahead();
  read_on();
}

bool JobManager::schedule_head() {
  look_again_.reset();
  hold_back();
  JobQueue::Entry* head = queue_.head();
  if (head == nullptr) {
    resources_.forget_wait();
    head_waits(std::nullopt);
    return false;
  }
  const core::JobId id = head->job.id;
  const core::Model* model = model_of(head->job);
  if (std::optional<core::Reason> aside = why_aside(head->job)) {
    if (announced_aside_.insert(head->job.model).second) {
      log_(LogLevel::warn,
           fmt::format("Job {} steps aside, as will every other one of model {}: {}",
                       id.to_string(), head->job.model, aside->message));
    }
    // It stays queued on disk; the window goes on without it.
    const auto taken = queue_.take(id);
    if (taken->arming != JobQueue::Arming::no) disarm_aside(taken->job);
    return true;
  }
  if (head->arming != JobQueue::Arming::armed) {
    if (!arm_again_) head_waits(core::Reason{"starting", "next to start"});
    arm_ahead();
    return false;
  }

  const core::JobDemand demand = demand_of(head->job, *model);
  AcquireResult result = resources_.acquire(id, demand);
  if (auto* lease = std::get_if<SlotLease>(&result)) {
    head_waits(std::nullopt);
    auto taken = queue_.take(id);
    run_job(std::move(taken->job), *model, std::move(*lease), demand.alone, waited(taken->in_line));
    return true;
  }
  const auto* blocked = std::get_if<core::Blocked>(&result);
  if (blocked == nullptr) return false;  // infeasible was looked at above
  head_waits(blocked->reason);
  const bool busy = blocked->reason.code == "slots_busy" ||
                    (blocked->reason.code == "vram_busy" &&
                     resources_.policy().vram_accounting == core::VramAccounting::ledger);
  // Once a job, also where another one was at the head for a while.
  if (busy && !std::exchange(head->told_busy, true)) {
    log_(LogLevel::info, fmt::format("All GPU slots busy, job {} queued", id.to_string()));
  }
  if (blocked->look_again_at) {
    // An idle worker of another model holds memory that this job could use.
    engines_.yield_idle(head->job.model);
    look_again_ = clock_.wake_at(*blocked->look_again_at, [this] { scheduler_loop(); });
  }
  return false;
}

void JobManager::run_job(core::Job job, const core::Model& model, SlotLease lease, bool alone,
                         const Waited& waited) {
  const core::JobId id = job.id;
  tell_before_start(job);
  count_queued(job.owner, -1);
  count_running(job.owner, 1);
  places_.started(job.queue.priority, job.queue.position);
  ++job.attempt;
  job.state = core::JobState::running;
  job.gpu_id = lease.gpu_id();
  job.started_at = clock_.wall_now();

  EngineJob engine_job{.id = id,
                       .attempt = job.attempt,
                       .audio_path = job.audio.path,
                       .options = job.options,
                       .model = model,
                       .vram = lease.cost(),
                       .gpu_id = lease.gpu_id(),
                       .alone = alone};
  Running& running = running_[id];
  running.begun = {*job.started_at, lease.gpu_id()};
  running.job = std::move(job);
  running.lease = std::move(lease);
  const int attempt = engine_job.attempt;
  observer_.attempt_started(running.job.model, running.begun.gpu_id, waited);

  engines_.start(
      std::move(engine_job),
      {
          .on_running =
              [this, id](pid_t root) {
                Running& one = running_.at(id);
                one.at_work = true;
                one.work_began = clock_.now();
                one.pace.begin(one.work_began);
                one.lease.runs_in(root);
                if (one.told) tell_in_memory(id);
              },
          .on_progress =
              [this, id](double done_s, double total_s) {
                Running& one = running_.at(id);
                count_heard(one, done_s);
                if (total_s > 0) {
                  one.job.audio_seconds = total_s;
                  one.progress = std::clamp(done_s / total_s, one.progress, 1.0);
                  one.pace.reached(one.progress, clock_.now());
                  one.done_s = done_s;
                  one.total_s = total_s;
                  tell_progress(id);
                }
              },
          .on_segment =
              [this, id](core::Segment segment) {
                tell_segment(id, segment);
                running_.at(id).heard.segments.push_back(std::move(segment));
              },
          .on_end = [this, id](EngineOutcome outcome) { job_ended(id, std::move(outcome)); },
          .on_gone =
              [this, id] {
                const auto at = quarantined_.find(id);
                SlotLease freed = std::move(at->second);
                quarantined_.erase(at);
                freed.end("process gone");
              },
      });
  // Armed is on disk already, so nobody waits for this one; the engine goes first.
  store_.started(id, attempt, running.begun, [](ports::WriteResult) {});
  tell_started(id);
}

void JobManager::job_ended(core::JobId id, EngineOutcome outcome) {
  using How = EngineOutcome::How;
  auto node = running_.extract(id);
  Running& running = node.mapped();
  Settling settling{.job = std::move(running.job),
                    .begun = running.begun,
                    .end = {},
                    .requeue = outcome.how == How::stopped,
                    .segments_told = false,
                    .trouble_told = false,
                    .cancel_answers = std::move(running.cancel_answers),
                    .again = {}};
  core::Job& job = settling.job;
  settling.end.ended_at = clock_.wall_now();
  // A cancel that came too late to matter to the engine still counts for what did not complete.
  if (running.cancel_asked && outcome.how != How::completed) outcome.how = How::cancelled;
  std::string_view word = word_for(outcome.how);
  AttemptEnd attempt_end{.how = outcome.how};
  if (outcome.how == How::failed || outcome.how == How::lost) {
    attempt_end.failure = outcome.failure.kind;
  }

  switch (outcome.how) {
    case How::completed: {
      core::Transcript transcript = std::move(running.heard);
      settling.segments_told = !transcript.segments.empty();
      transcript.language = std::move(outcome.transcript.language);
      transcript.duration_s = outcome.transcript.duration_s;
      transcript.language_probability = outcome.transcript.language_probability;
      if (transcript.segments.empty()) transcript.segments = std::move(outcome.transcript.segments);
      job.language = transcript.language;
      if (transcript.duration_s > 0) job.audio_seconds = transcript.duration_s;
      count_heard(running, job.audio_seconds.value_or(0));
      settling.end.state = core::JobState::completed;
      settling.end.transcript = std::move(transcript);
      attempt_end.work_s = std::chrono::duration<double>(clock_.now() - running.work_began).count();
      attempt_end.audio_s = job.audio_seconds.value_or(0);
      break;
    }
    case How::failed:
      settling.end.state = core::JobState::failed;
      settling.end.failure = std::move(outcome.failure);
      break;
    case How::cancelled:
      settling.end.state = core::JobState::cancelled;
      break;
    case How::lost: {
      if (outcome.failure.kind == core::FailureKind::out_of_memory) {
        learn_out_of_memory(job, running.lease, outcome);
        suspect_other_programs(job, running.lease);
      }
      job.lost.push_back({job.attempt, outcome.failure, running.lease.gpu_id()});
      log_(LogLevel::warn, fmt::format("Job {}: attempt {} lost: {}", id.to_string(), job.attempt,
                                       outcome.failure.message));
      core::RetryDecision decision = core::after_lost_attempt(job.lost, gpus_able_to_run(job));
      settling.requeue = decision.retry;
      if (!decision.retry) {
        word = "failed";
        settling.end.state = core::JobState::failed;
        settling.end.failure = std::move(decision.failure);
      }
      break;
    }
    case How::stopped:
      break;
  }
  settling.end.lost = job.lost;
  observer_.attempt_ended(job.model, running.lease.gpu_id(), attempt_end);
  if (outcome.how == How::failed) {
    log_(LogLevel::warn, fmt::format("Job {}: {}", id.to_string(), settling.end.failure->message));
  }

  // First the disk's work is queued, then the slot is free: its release starts the next job.
  SlotLease lease = std::move(running.lease);
  count_running(job.owner, -1);
  settle(id, std::move(settling));
  if (outcome.unkillable) {
    lease.quarantine(word);
    quarantined_.emplace(id, std::move(lease));
  } else {
    lease.end(word);
  }
}

void JobManager::settle(core::JobId id, Settling settling) {
  if (!settling.requeue && tells_anybody(settling.job)) {
    settling.end.webhooks = webhooks_of(ended_job(settling));
  }
  settling_.insert_or_assign(id, std::move(settling));
  write_settling(id);
}

void JobManager::write_settling(core::JobId id) {
  Settling& one = settling_.at(id);
  one.again.reset();
  const auto done = [this, id](ports::WriteResult result) { settled(id, result); };
  if (one.requeue) {
    store_.requeue(id, one.job.attempt, true, one.job.lost, done);
  } else {
    // The store keeps its copy; ours serves a second try.
    store_.finish(id, one.job.attempt, one.begun, one.end, done);
  }
}

void JobManager::settled(core::JobId id, ports::WriteResult result) {
  if (ports::failed_to_write(result)) {
    if (!std::exchange(storage_failing_, true)) {
      log_(LogLevel::error,
           fmt::format("The end of job {} cannot be written (disk full?), trying again",
                       id.to_string()));
    }
    Settling& waiting = settling_.at(id);
    waiting.again =
        clock_.wake_at(clock_.now() + write_again_after, [this, id] { write_settling(id); });
    if (!std::exchange(waiting.trouble_told, true)) tell_in_memory(id);
    return check_drained();
  }
  storage_failing_ = false;
  auto node = settling_.extract(id);
  Settling& one = node.mapped();
  if (result != ports::WriteResult::ok) {
    log_(LogLevel::error,
         fmt::format("Job {} is not where it was left in the store; leaving it as the store has it",
                     id.to_string()));
  } else if (one.requeue) {
    count_queued(one.job.owner, 1);
    core::Job job = one.job;
    job.started_at.reset();
    job.gpu_id.reset();
    core::Job told = job;
    enqueue(std::move(job), JobQueue::Arming::no);
    tell_queued(told);
  } else {
    observer_.job_ended(one.end.state,
                        one.end.failure ? std::optional(one.end.failure->kind) : std::nullopt);
    tell_end(one);
    if (!one.end.webhooks.empty()) outgoing_.webhooks.look();
  }
  for (Answer<JobView>& answer : one.cancel_answers) {
    // A cancel that arrived while the attempt was being requeued goes on from here.
    if (one.requeue) {
      cancel(id, std::move(answer));
    } else {
      view(id, std::move(answer));
    }
  }
  scheduler_loop();
  check_drained();
}

void JobManager::drain(std::chrono::milliseconds limit, std::function<void()> done) {
  draining_ = true;
  drained_ = std::move(done);
  look_again_.reset();
  outgoing_.fetches.stop();
  end_fetch_again_.clear();
  log_(LogLevel::info,
       running_.empty()
           ? std::string("Draining: nothing runs")
           : fmt::format("Draining: {} running {} may finish within {} s", running_.size(),
                         running_.size() == 1 ? "job" : "jobs",
                         std::chrono::duration_cast<std::chrono::seconds>(limit).count()));
  drain_limit_ = clock_.wake_at(running_.empty() ? clock_.now() : clock_.now() + limit,
                                [this] { stop_now(); });
}

void JobManager::stop_now() {
  draining_ = true;
  drain_limit_.reset();
  engines_.stop_all(stop_grace, [this] { check_drained(); });
}

void JobManager::check_drained() {
  if (!draining_ || !drained_ || !running_.empty()) return;
  if (drain_limit_) {
    // The last job finished before the limit: the warm workers are all that is left.
    return stop_now();
  }
  if (!engines_.all_stopped()) return;
  // An end that cannot be written is found again as `running` at the next start.
  const bool writing =
      std::ranges::any_of(settling_, [](const auto& entry) { return !entry.second.again; });
  if (!writing) std::exchange(drained_, nullptr)();
}

}  // namespace transcribed::scheduler
