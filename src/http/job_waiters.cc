#include "http/job_waiters.h"

#include <spdlog/spdlog.h>

namespace transcribed::http {

void JobWaiters::join(core::JobId id, bool made_for_waiting) {
  const auto [at, is_new] = waited_for_.try_emplace(id);
  Job& job = at->second;
  if (is_new || !made_for_waiting) job.keep = !made_for_waiting;
  ++job.clients;
  job.alone.reset();
}

void JobWaiters::keep(core::JobId id) {
  const auto at = waited_for_.find(id);
  if (at == waited_for_.end()) return;  // whoever joins later is told by the job itself
  at->second.keep = true;
  if (at->second.clients == 0) waited_for_.erase(at);
}

void JobWaiters::leave(core::JobId id) {
  const auto at = waited_for_.find(id);
  if (at == waited_for_.end()) return;
  Job& job = at->second;
  if (--job.clients > 0) return;
  if (job.keep || !grace_) {
    waited_for_.erase(at);
    return;
  }
  job.alone = std::make_unique<boost::asio::steady_timer>(loop_, *grace_);
  job.alone->async_wait([this, id](const boost::system::error_code& stopped) {
    // A timer that had expired already when a client came is told by that client.
    const auto found = waited_for_.find(id);
    if (stopped || found == waited_for_.end() || found->second.clients > 0) return;
    waited_for_.erase(found);
    spdlog::info("Job {}: nobody waits for it any more, cancelling it", id.to_string());
    jobs_.cancel(id, [](const auto&) {});  // it may have ended meanwhile
  });
}

void JobWaiters::stop() {
  const auto told = std::exchange(to_tell_, {});  // they call themselves off
  for (const auto& [who, tell] : told) tell();
}

}  // namespace transcribed::http
