// How many clients wait for each job, so that one which nobody waits for any more is not
// transcribed for nobody. Only jobs that were made to be waited for; the batch is nobody's hurry.
// Loop thread.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "scheduler/job_service.h"

namespace transcribed::http {

class JobWaiters {
 public:
  // `grace`: how long a job goes on alone: a client that timed out comes back with the same
  // recording. Nothing: jobs are never cancelled for want of a client.
  JobWaiters(boost::asio::io_context& loop, scheduler::JobService& jobs,
             std::optional<std::chrono::milliseconds> grace)
      : loop_(loop), jobs_(jobs), grace_(grace) {}

  // Somebody waits for the job, who may leave(). `made_for_waiting`: it was submitted for that.
  void join(core::JobId id, bool made_for_waiting);
  void leave(core::JobId id);
  // Somebody wants the job who does not wait: it is never cancelled here.
  void keep(core::JobId id);
  // It has ended.
  void forget(core::JobId id) { waited_for_.erase(id); }

  // `tell` is called when the server stops, unless call_off() with the same `who` comes before.
  void tell_of_stop(const void* who, std::function<void()> tell) {
    to_tell_.insert_or_assign(who, std::move(tell));
  }
  void call_off(const void* who) { to_tell_.erase(who); }
  void stop();

 private:
  struct Job {
    int clients = 0;
    bool keep = false;
    std::unique_ptr<boost::asio::steady_timer> alone;  // since the last client left
  };

  boost::asio::io_context& loop_;
  scheduler::JobService& jobs_;
  const std::optional<std::chrono::milliseconds> grace_;
  std::unordered_map<core::JobId, Job> waited_for_;
  std::unordered_map<const void*, std::function<void()>> to_tell_;
};

}  // namespace transcribed::http
