// What the outside asks of the JobManager. Split from the scheduling itself, which is in
// job_manager.cc.
#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "scheduler/job_manager.h"
#include "scheduler/ordinal.h"
#include "scheduler/refusals.h"
#include "wire/json_text.h"
#include "wire/sha256.h"
#include "wire/transcript_json.h"

namespace transcribed::scheduler {
namespace {

using Why = Refusal::Why;

// Longer than it takes to end an engine that does not obey.
constexpr std::chrono::seconds patience_of_who_cancels{10};

// See core::Job::fingerprint.
std::string fingerprint_of(const Submission& submission, const std::string& model) {
  return wire::sha256_hex(submission.content_sha256 + '\n' + model + '\n' +
                          wire::to_text(wire::to_json(submission.options)));
}

}  // namespace

tl::unexpected<Refusal> JobManager::no_such_job(core::JobId id) {
  return refused(Why::not_found, fmt::format("there is no job {}", id.to_string()));
}

core::JobId JobManager::new_id() { return ids_->next(clock_.wall_now()); }

std::optional<Refusal> JobManager::would_refuse(const std::string& model, const std::string& owner,
                                                bool deduplicate) const {
  if (draining_ || !started_) {
    return Refusal{Why::draining,
                   "the server is shutting down and takes no new jobs: try again in a minute"};
  }
  const std::string& name = model.empty() ? options_.default_model : model;
  if (name.empty()) {
    return Refusal{
        Why::no_default_model,
        fmt::format("no model was named and the server has no default_model: name one of {}",
                    known_models())};
  }
  const auto at = options_.models.find(name);
  const std::string who =
      model.empty() ? fmt::format("the default model '{}'", name) : fmt::format("model '{}'", name);
  if (at == options_.models.end()) {
    if (model.empty()) {
      return Refusal{Why::unknown_model,
                     fmt::format("{} is not there: name one of {}, or set default_model", who,
                                 known_models())};
    }
    return Refusal{Why::unknown_model,
                   fmt::format("there is no model '{}': the server has {}", name, known_models())};
  }
  if (const auto why = why_unavailable(at->second)) {
    return Refusal{Why::model_missing, fmt::format("{} cannot be used now: {}", who, *why)};
  }
  return deduplicate ? std::nullopt : too_many_queued(owner);
}

std::optional<std::string> JobManager::why_unavailable(const core::Model& model) const {
  if (!options_.why_unavailable) return std::nullopt;
  return options_.why_unavailable(model);
}

std::string JobManager::known_models() const {
  std::string known;
  for (const ModelView& one : models().models) known += (known.empty() ? "" : ", ") + one.name;
  return known;
}

void JobManager::submit(Submission submission, Answer<JobView> answer) {
  const bool may_join = submission.deduplicate && !submission.content_sha256.empty();
  if (auto refusal = would_refuse(submission.model, submission.owner, may_join)) {
    return answer_later<JobView>(std::move(answer), tl::make_unexpected(std::move(*refusal)));
  }
  core::Job job;
  job.id = submission.id;
  job.owner = std::move(submission.owner);
  job.interactive = submission.interactive;
  job.queue = {submission.priority, 0, job.id};  // its place comes with insert()
  job.model = submission.model.empty() ? options_.default_model : std::move(submission.model);
  job.name = std::move(submission.name);
  job.audio = std::move(submission.audio);
  job.source_url = std::move(submission.source_url);
  job.callback_url = std::move(submission.callback_url);
  job.options = submission.options;
  job.created_at = clock_.wall_now();
  if (!submission.content_sha256.empty()) job.fingerprint = fingerprint_of(submission, job.model);
  if (may_join) {
    return join_or_insert(std::move(job), std::move(answer));
  }
  insert(std::move(job), std::move(answer));
}

void JobManager::insert(core::Job job, Answer<JobView> answer) {
  job.queue.position = places_.next({job.owner, job.interactive, job.queue.priority});
  const bool arm = !core::is_to_be_fetched(job) && queue_.would_be_armed(options_.armed_ahead);
  core::Job stored = job;
  store_.insert(std::move(stored), arm,
                [this, arm, job = std::move(job),
                 answer = std::move(answer)](ports::WriteResult result) mutable {
                  if (result != ports::WriteResult::ok) return answer(not_written(result));
                  entered(std::move(job), arm, std::move(answer));
                });
}

void JobManager::entered(core::Job job, bool armed, Answer<JobView> answer) {
  const core::JobId id = job.id;
  count_queued(job.owner, 1);
  observer_.job_submitted();
  if (core::is_to_be_fetched(job)) {
    fetch(job);
    JobView view = view_stored(std::move(job));
    tell(view);
    return answer(std::move(view));
  }
  core::Job beyond_window = job;
  enqueue(std::move(job), armed ? JobQueue::Arming::armed : JobQueue::Arming::no);
  const JobQueue::Entry* head = queue_.head();
  const bool is_head = head != nullptr && head->job.id == id;
  // A job behind a head that waits changes nothing; a new head is decided on at once.
  if (is_head) {
    schedule_and_tell(beyond_window);
  } else {
    arm_ahead();
    tell_queued(beyond_window);
  }
  if (auto now = view_in_memory(id)) return answer(std::move(*now));
  // Beyond the window. Its exact place would cost a count of the queue on disk.
  answer(view_stored(std::move(beyond_window)));
}

core::Reason JobManager::reason_in_line(std::size_t ahead) const {
  core::Reason reason = head_reason_.value_or(core::Reason{"starting", "next to start"});
  if (draining_)
    return {"draining", "the server is shutting down; the job starts after the next start"};
  if (ahead == 0) return reason;
  if (reason.code == "starting") return {"behind", ordinal(ahead + 1) + " in line"};
  return {reason.code == "slots_busy" ? "slots_busy" : "behind",
          reason.code == "slots_busy"
              ? fmt::format("{}, {} in line", reason.message, ordinal(ahead + 1))
              : fmt::format("{} in line; the first waits: {}", ordinal(ahead + 1), reason.message)};
}

std::optional<core::Reason> JobManager::why_aside(const core::Job& job) const {
  const core::Model* model = model_of(job);
  if (model == nullptr) {
    return core::Reason{
        "model_missing",
        fmt::format("model '{}' is not in the configuration any more: add it again and "
                    "restart, or cancel the job",
                    job.model)};
  }
  return resources_.why_infeasible(demand_of(job, *model));
}

std::optional<JobView> JobManager::view_in_memory(core::JobId id) const {
  if (const auto at = running_.find(id); at != running_.end()) {
    const Running& one = at->second;
    JobView view{one.job, one.progress, std::nullopt, one.pace.left_s(clock_.now())};
    if (!one.at_work) {
      view.reason =
          core::Reason{"starting", fmt::format("model {} is being loaded for it on GPU {}",
                                               one.job.model, one.lease.gpu_id())};
    }
    if (one.cancel_asked) view.reason = core::Reason{"cancelling", "being cancelled"};
    return view;
  }
  if (const auto at = settling_.find(id); at != settling_.end()) {
    return JobView{at->second.job, 1.0,
                   core::Reason{"storage", "its end is being written to disk"}};
  }
  if (const JobQueue::Entry* entry = queue_.find(id)) {
    if (queue_.is_held(id)) return JobView{entry->job, 0, reason_held(entry->job)};
    return JobView{entry->job, 0, reason_in_line(*queue_.position(id))};
  }
  return std::nullopt;
}

JobView JobManager::view_stored(core::Job job) const {
  JobView view{std::move(job), 0, std::nullopt};
  if (view.job.state == core::JobState::completed) view.progress = 1;
  if (view.job.state == core::JobState::queued) {
    view.reason = why_aside(view.job);
    if (core::is_to_be_fetched(view.job)) {
      view.reason = outgoing_.fetches.reason(view.job.id)
                        .value_or(core::Reason{"fetching", "its recording is to be fetched"});
    }
    // Nothing in memory: just started, or whose turn it is now is on disk only.
    if (!view.reason && queue_.size() == 0)
      view.reason = core::Reason{"starting", "the queue is being read from disk"};
    if (!view.reason)
      view.reason =
          core::Reason{"behind", fmt::format("behind the first {} in line", queue_.size())};
  }
  return view;
}

void JobManager::view(core::JobId id, Answer<JobView> answer) {
  if (auto view = view_in_memory(id))
    return answer_later<JobView>(std::move(answer), std::move(*view));
  store_.read(id, [this, id, answer = std::move(answer)](std::optional<core::Job> job) mutable {
    if (!job) return answer(no_such_job(id));
    // It may have come into memory while the disk was asked.
    if (auto view = view_in_memory(id)) return answer(std::move(*view));
    JobView stored = view_stored(std::move(*job));
    const bool in_line =
        stored.job.state == core::JobState::queued && stored.reason->code == "behind";
    if (!in_line) return answer(std::move(stored));
    store_.count_ahead(stored.job.queue, [this, stored,
                                          answer = std::move(answer)](std::int64_t ahead) mutable {
      stored.reason = reason_in_line(static_cast<std::size_t>(std::max<std::int64_t>(1, ahead)));
      answer(std::move(stored));
    });
  });
}

void JobManager::list(ports::ListQuery query, std::function<void(JobPage)> answer) {
  const auto state = query.state;
  const auto limit = static_cast<std::size_t>(std::max(query.limit, 0));
  ++query.limit;  // one more tells whether there is a next page
  store_.list(query, [this, state, limit, answer = std::move(answer)](std::vector<core::Job> jobs) {
    JobPage page;
    if (jobs.size() > limit) {
      jobs.resize(limit);
      if (limit > 0) page.next = jobs.back().id;
    }
    page.jobs.reserve(jobs.size());
    for (core::Job& job : jobs) {
      auto view = view_in_memory(job.id);
      if (!view) view = view_stored(std::move(job));
      // It moved on after the disk was asked; the list keeps to what was asked for.
      if (state && view->job.state != *state) continue;
      page.jobs.push_back(std::move(*view));
    }
    answer(std::move(page));
  });
}

void JobManager::refuse_for_state(core::JobId id, std::string wanted, Answer<JobView> answer) {
  view(id, [id, wanted = std::move(wanted),
            answer = std::move(answer)](tl::expected<JobView, Refusal> view) {
    if (!view) return answer(std::move(view));
    answer(refused(Why::wrong_state, fmt::format("job {} is {}: {}", id.to_string(),
                                                 core::to_string(view->job.state), wanted)));
  });
}

void JobManager::answer_slow_cancel(core::JobId id) {
  const auto at = running_.find(id);
  if (at == running_.end()) return;
  at->second.cancel_is_slow.reset();
  for (Answer<JobView>& answer : std::exchange(at->second.cancel_answers, {})) {
    view(id, std::move(answer));
  }
}

void JobManager::cancel(core::JobId id, Answer<JobView> answer) {
  if (const auto at = running_.find(id); at != running_.end()) {
    Running& running = at->second;
    if (!std::exchange(running.cancel_asked, true)) tell_in_memory(id);
    running.cancel_answers.push_back(std::move(answer));
    if (!running.cancel_is_slow) {
      running.cancel_is_slow = clock_.wake_at(clock_.now() + patience_of_who_cancels,
                                              [this, id] { answer_slow_cancel(id); });
    }
    return engines_.cancel(id);
  }
  if (const auto at = settling_.find(id); at != settling_.end()) {
    if (at->second.requeue) {
      at->second.cancel_answers.push_back(std::move(answer));
    } else {
      answer_later<JobView>(
          std::move(answer),
          refused(Why::wrong_state, fmt::format("job {} has just ended", id.to_string())));
    }
    return;
  }
  // Out of the queue at once, so that it cannot start while the disk writes.
  if (auto entry = queue_.take(id)) {
    core::Job job = entry->job;
    scheduler_loop();
    return cancel_queued(std::move(job), std::move(entry), std::move(answer));
  }
  store_.read(id, [this, id, answer = std::move(answer)](std::optional<core::Job> job) mutable {
    if (!job) return answer(no_such_job(id));
    // It came into memory while the disk was asked.
    if (view_in_memory(id)) return cancel(id, std::move(answer));
    cancel_queued(std::move(*job), std::nullopt, std::move(answer));
  });
}

void JobManager::cancel_queued(core::Job job, std::optional<JobQueue::Entry> entry,
                               Answer<JobView> answer) {
  const core::JobId id = job.id;
  ports::JobEnd end;
  end.state = core::JobState::cancelled;
  end.ended_at = clock_.wall_now();
  job.state = end.state;
  job.ended_at = end.ended_at;
  end.webhooks = webhooks_of(job);
  const bool tells = !end.webhooks.empty();
  being_cancelled_.insert(id);
  store_.end_queued(id, std::move(end),
                    [this, id, tells, entry = std::move(entry),
                     answer = std::move(answer)](ports::WriteResult result) mutable {
                      being_cancelled_.erase(id);
                      if (result == ports::WriteResult::ok) {
                        queue_.take(id);  // read from disk meanwhile
                        observer_.job_ended(core::JobState::cancelled, std::nullopt);
                        outgoing_.fetches.drop(id);
                        if (tells) outgoing_.webhooks.look();
                        return view(id, [this, answer = told(std::move(answer))](auto cancelled) {
                          count_queued(cancelled ? cancelled->job.owner : std::string(), -1);
                          answer(std::move(cancelled));
                        });
                      }
                      if (ports::failed_to_write(result)) {
                        if (entry) queue_.restore(std::move(*entry));
                        answer(not_written(result));
                        return scheduler_loop();
                      }
                      if (result == ports::WriteResult::not_found) return answer(no_such_job(id));
                      // It came into memory while the disk was asked, and runs.
                      if (running_.contains(id)) return cancel(id, std::move(answer));
                      refuse_for_state(id, "there is nothing to cancel", std::move(answer));
                    });
}

void JobManager::retry(core::JobId id, Answer<JobView> answer) {
  if (auto in_memory = view_in_memory(id)) {
    return refuse_for_state(id, "only a failed or cancelled job can be retried", std::move(answer));
  }
  if (draining_) {
    return answer_later<JobView>(std::move(answer),
                                 refused(Why::draining, would_refuse({}, {}, false)->message));
  }
  store_.read(id, [this, id, answer = std::move(answer)](std::optional<core::Job> job) mutable {
    if (!job) return answer(no_such_job(id));
    core::Flow flow{job->owner, false, job->queue.priority};
    const core::QueueKey place{job->queue.priority, places_.next(flow), id};
    store_.retry(id, place, std::move(flow),
                 [this, id, owner = job->owner,
                  answer = std::move(answer)](ports::WriteResult result) mutable {
                   if (ports::failed_to_write(result)) return answer(not_written(result));
                   if (result != ports::WriteResult::ok) {
                     return refuse_for_state(id, "only a failed or cancelled job can be retried",
                                             std::move(answer));
                   }
                   count_queued(owner, 1);
                   queue_from_store(id,
                                    [this, id, answer = std::move(answer)] { view(id, answer); });
                 });
  });
}

void JobManager::move(core::JobId id, MoveTo where, Answer<JobView> answer) {
  const auto go = [this, id, where](int own_priority, Answer<JobView> then) {
    core::QueueKey place{own_priority, places_.behind_all(own_priority), id};
    const std::optional<core::QueueKey> first = queue_.first();
    if (where == MoveTo::front && first) {
      place = {std::max(own_priority, first->priority), first->position - 1, id};
    }
    store_.move(id, place, [this, id, place, then = std::move(then)](ports::WriteResult result) {
      if (ports::failed_to_write(result)) return then(not_written(result));
      if (result == ports::WriteResult::ok) return moved(id, place, told(then));
      refuse_for_state(id, "only a queued job can be moved", then);
    });
  };
  if (const JobQueue::Entry* entry = queue_.find(id)) {
    return go(entry->job.queue.priority, std::move(answer));
  }
  store_.read(id, [id, go, answer = std::move(answer)](std::optional<core::Job> job) mutable {
    if (!job) return answer(no_such_job(id));
    go(job->queue.priority, std::move(answer));
  });
}

void JobManager::moved(core::JobId id, core::QueueKey place, Answer<JobView> answer) {
  if (auto entry = queue_.take(id)) {
    entry->job.queue = place;
    queue_.add(std::move(entry->job), entry->arming, entry->in_line);
    scheduler_loop();
    return view(id, std::move(answer));
  }
  if (view_in_memory(id)) return view(id, std::move(answer));  // it was started meanwhile
  // It waits beyond the window, or comes into it now.
  store_.read(id,
              [this, id, place, answer = std::move(answer)](std::optional<core::Job> job) mutable {
                if (queue_.find(id) != nullptr) return moved(id, place, std::move(answer));
                const bool in_line =
                    job && job->state == core::JobState::queued && !core::is_to_be_fetched(*job);
                if (in_line && !view_in_memory(id)) {
                  enqueue(std::move(*job), JobQueue::Arming::no);
                  scheduler_loop();
                }
                view(id, std::move(answer));
              });
}

void JobManager::remove(core::JobId id, Answer<JobView> answer) {
  if (view_in_memory(id)) {
    return refuse_for_state(id, "cancel it before deleting it", std::move(answer));
  }
  store_.read(id, [this, id, answer = std::move(answer)](std::optional<core::Job> job) mutable {
    if (!job) return answer(no_such_job(id));
    store_.remove(id, [this, id, job = std::move(*job),
                       answer = std::move(answer)](ports::WriteResult result) mutable {
      if (ports::failed_to_write(result)) return answer(not_written(result));
      if (result == ports::WriteResult::not_found) return answer(no_such_job(id));
      if (result != ports::WriteResult::ok) {
        return refuse_for_state(id, "cancel it before deleting it", std::move(answer));
      }
      if (job.audio.owned && !job.audio.path.empty()) forget_upload_(job.audio.path);
      tell_removed(id);
      answer(view_stored(std::move(job)));
    });
  });
}

ResourceStatus JobManager::status() {
  ResourceStatus status = resources_.status();
  for (ProcessStatus& process : engines_.processes()) {
    const auto at = std::ranges::find(status.gpus, process.gpu_id,
                                      [](const GpuStatus& one) { return one.gpu.id; });
    if (at != status.gpus.end()) at->loaded.push_back(std::move(process));
  }
  if (options_.vram_in_use) {
    for (GpuStatus& one : status.gpus) one.vram_in_use_mb = options_.vram_in_use(one.gpu.id);
  }
  status.pending_jobs = queued_;
  status.running_jobs = static_cast<std::int64_t>(running_.size());
  status.line_waits = line_waits_.totals(clock_.now());
  if (const JobQueue::Entry* head = queue_.head(); head != nullptr && head_reason_) {
    status.next_job = NextJobStatus{head->job.id, *head_reason_, resources_.ram_wait_left()};
  }
  status.audio_seconds_heard = audio_heard_s_;
  return status;
}

Readiness JobManager::readiness() const {
  if (draining_) return {false, "the server is shutting down"};
  if (!started_) return {false, "the server is starting"};
  if (storage_failing_) return {false, "the data folder cannot be written (disk full?)"};
  if (resources_.total_slots() == 0) {
    return {false,
            "no GPU has room for any job (0 slots in all): see [gpus.N] in the configuration"};
  }
  return {true, "ready"};
}

ModelsView JobManager::models() const {
  ModelsView out;
  out.models_dir = options_.models_dir;
  for (const auto& [name, model] : options_.models) {
    const bool is_default = name == options_.default_model;
    auto why = why_unavailable(model);
    if (why && model.implied && !is_default) continue;
    ModelView view{name, model.engine, is_default, std::move(why)};
    out.models.insert(is_default ? out.models.begin() : out.models.end(), std::move(view));
  }
  return out;
}

}  // namespace transcribed::scheduler
