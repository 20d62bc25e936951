#include "http/api_server.h"

#include <filesystem>
#include <system_error>

#include "http/asr_api.h"
#include "http/audio_api.h"
#include "http/events_api.h"
#include "http/jobs_api.h"
#include "http/key_ring.h"
#include "http/metrics_api.h"
#include "http/openai_api.h"
#include "http/openapi_api.h"
#include "http/status_api.h"
#include "http/upload_file.h"

namespace transcribed::http {
namespace {

// What goes on for hours asks again, so that a key that is removed opens nothing any more.
std::function<bool(const std::string&)> key_check(const std::shared_ptr<KeyRing>& keys) {
  if (!keys) return [](const std::string&) { return true; };
  return [keys](const std::string& owner) { return keys->still_lets_in(owner); };
}

EventOptions with_key_check(EventOptions options, const std::shared_ptr<KeyRing>& keys) {
  options.may_follow = key_check(keys);
  return options;
}

}  // namespace

ApiServer::ApiServer(boost::asio::io_context& loop, ServerOptions options,
                     scheduler::JobService& jobs)
    : pool_(std::make_shared<BlockingPool>(loop)),
      waiters_(loop, jobs, options.abandoned_after),
      context_{jobs, pool_, options.storage, loop, waiters_},
      event_readers_(std::make_shared<EventReaders>(loop, jobs.events(),
                                                    with_key_check(options.events, options.keys))),
      server_(loop, options, router_) {
  add_jobs_api(router_, context_);
  add_openai_api(router_, context_);
  add_asr_api(router_, context_);
  add_audio_api(router_, context_, key_check(options.keys));
  add_status_api(router_, jobs, pool_, context_.storage);
  add_events_api(router_, jobs, event_readers_);
  add_openapi_api(router_);
  add_metrics_api(
      router_,
      {.jobs = jobs,
       .pool = pool_,
       .job_counts = options.job_counts ? options.job_counts : std::make_shared<JobCounts>(),
       .http_counts = server_.counts(),
       .connections = [this] { return server_.connections(); },
       .event_readers = [this] { return event_readers_->seats(); },
       .storage = context_.storage,
       .version = options.version,
       .started_at = std::chrono::floor<core::Milliseconds>(std::chrono::system_clock::now())});
}

ApiServer::~ApiServer() {
  // What is in flight holds uploads that are deleted with it; they may still use the pool, which
  // from here on works in their own thread.
  pool_->shut_down();
}

tl::expected<std::string, std::string> ApiServer::start() {
  const std::filesystem::path folder = context_.storage.uploads_folder;
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  if (!failure) {
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all, failure);
  }
  if (failure) {
    return tl::make_unexpected("Cannot make the folder " + folder.string() + ": " +
                               failure.message() + ".");
  }
  remove_partial_uploads(folder);
  return server_.listen();
}

void ApiServer::stop(std::chrono::milliseconds grace, std::function<void()> stopped) {
  event_readers_->stop();
  waiters_.stop();
  server_.stop(grace, std::move(stopped));
}

}  // namespace transcribed::http
