// What the JobManager has to do with the world outside: recordings that come from URLs, and URLs
// that are told of ends.
#include <utility>

#include <fmt/format.h>

#include "core/http_url.h"
#include "scheduler/job_manager.h"
#include "wire/file_name.h"
#include "wire/job_json.h"
#include "wire/webhook_event.h"

namespace transcribed::scheduler {
namespace {

// A disk that is full now may not be in a second.
constexpr std::chrono::seconds write_again_after{1};

}  // namespace

void JobManager::fetch(const core::Job& job) {
  outgoing_.fetches.add(job, limits_of(job.owner).max_upload_mb);
}

void JobManager::fetch_ended(core::JobId id,
                             tl::expected<RecordingFetches::Fetched, core::Failure> how) {
  store_.read(id, [this, id, how = std::move(how)](std::optional<core::Job> job) {
    end_fetch_again_.erase(id);
    if (!job) return;  // it cannot be read, or was deleted: the next start sees to the file
    if (!core::is_to_be_fetched(*job)) {  // cancelled meanwhile
      if (how) forget_upload_(how->path);
      return;
    }
    if (how) {
      fetch_succeeded(*job, *how);
    } else {
      fetch_failed(std::move(*job), how.error());
    }
  });
}

void JobManager::fetch_succeeded(const core::Job& job, const RecordingFetches::Fetched& fetched) {
  const core::JobId id = job.id;
  // The server knows it better than the URL that it was named after.
  std::string name = job.name;
  if (name == wire::display_name(core::url_file_name(job.source_url)) &&
      !fetched.file_name.empty()) {
    name = wire::display_name(fetched.file_name);
  }
  store_.fetched(id, {fetched.path, true}, std::move(name),
                 [this, id, fetched](ports::WriteResult result) {
                   if (ports::failed_to_write(result)) return end_fetch_again(id, fetched);
                   if (result != ports::WriteResult::ok) return forget_upload_(fetched.path);
                   queue_from_store(id);
                 });
}

void JobManager::fetch_failed(core::Job job, const core::Failure& failure) {
  const core::JobId id = job.id;
  ports::JobEnd end;
  end.state = core::JobState::failed;
  end.ended_at = clock_.wall_now();
  end.failure = failure;
  job.state = end.state;
  job.ended_at = end.ended_at;
  job.failure = failure;
  end.webhooks = webhooks_of(job);
  store_.end_queued(
      id, std::move(end), [this, id, job = std::move(job)](ports::WriteResult result) mutable {
        if (ports::failed_to_write(result))
          return end_fetch_again(id, tl::unexpected(*job.failure));
        if (result != ports::WriteResult::ok) return;
        log_(LogLevel::warn, fmt::format("Job {}: {}", id.to_string(), job.failure->message));
        count_queued(job.owner, -1);
        observer_.job_ended(core::JobState::failed, job.failure->kind);
        if (tells_anybody(job)) outgoing_.webhooks.look();
        tell(view_stored(std::move(job)));
      });
}

void JobManager::end_fetch_again(
    core::JobId id, const tl::expected<RecordingFetches::Fetched, core::Failure>& how) {
  if (draining_) return;  // fetched again after the next start
  end_fetch_again_[id] =
      clock_.wake_at(clock_.now() + write_again_after, [this, id, how] { fetch_ended(id, how); });
}

void JobManager::queue_from_store(core::JobId id, std::function<void()> then) {
  store_.read(id, [this, id, then = std::move(then)](std::optional<core::Job> found) {
    const bool queued = found && found->state == core::JobState::queued && !view_in_memory(id);
    if (queued && core::is_to_be_fetched(*found)) {
      fetch(*found);
      tell(view_stored(std::move(*found)));
    } else if (queued) {
      const core::Job job = *found;
      enqueue(std::move(*found), JobQueue::Arming::no);
      schedule_and_tell(job);
    }
    if (then) then();
  });
}

void JobManager::tell_fetching(core::JobId id) {
  if (!events_.is_wanted()) return;
  store_.read(id, [this](std::optional<core::Job> job) {
    if (job && core::is_to_be_fetched(*job)) tell(view_stored(std::move(*job)));
  });
}

bool JobManager::tells_anybody(const core::Job& job) const {
  return !options_.webhooks.empty() || !job.callback_url.empty();
}

std::vector<ports::Webhook> JobManager::webhooks_of(const core::Job& ended) const {
  std::vector<ports::Webhook> out;
  if (!tells_anybody(ended)) return out;
  ports::Webhook event;
  event.event_id = wire::webhook_event_id(ended.id, ended.ended_at.value_or(core::WallTime{}));
  const double progress = ended.state == core::JobState::completed ? 1 : 0;
  event.body = wire::to_body({.id = event.event_id,
                              .type = wire::webhook_event_type(ended.state).value_or(""),
                              .created_at = ended.ended_at.value_or(core::WallTime{}),
                              .data = wire::to_json(ended, progress, std::nullopt, std::nullopt)});
  for (const std::string& url : options_.webhooks) {
    event.url = url;
    event.trusted = true;
    out.push_back(event);
  }
  if (!ended.callback_url.empty()) {
    event.url = ended.callback_url;
    event.trusted = false;
    out.push_back(std::move(event));
  }
  return out;
}

}  // namespace transcribed::scheduler
