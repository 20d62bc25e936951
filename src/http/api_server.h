// The HTTP floor as the daemon uses it: routes, guard, uploads and server in one. Loop thread.
// Destroy it after the loop has run for the last time and before the loop and the JobService.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>
#include <tl/expected.hpp>

#include "http/blocking_pool.h"
#include "http/event_readers.h"
#include "http/job_waiters.h"
#include "http/options.h"
#include "http/router.h"
#include "http/server.h"
#include "http/submission.h"
#include "scheduler/job_service.h"

namespace transcribed::http {

class ApiServer {
 public:
  ApiServer(boost::asio::io_context& loop, ServerOptions options, scheduler::JobService& jobs);
  ~ApiServer();

  // Further routes go in here before start().
  Router& router() { return router_; }

  // Makes the uploads folder, deletes what an earlier daemon left half-written in it, and listens.
  // Returns where: "127.0.0.1:8585". The error is a sentence. Blocks a little; for start-up.
  tl::expected<std::string, std::string> start();
  std::uint16_t port() const { return server_.port(); }
  std::size_t connections() const { return server_.connections(); }

  // See Server::stop(). Those who follow the events get what there is, and are let go.
  void stop(std::chrono::milliseconds grace, std::function<void()> stopped);

 private:
  std::shared_ptr<BlockingPool> pool_;
  JobWaiters waiters_;
  SubmissionContext context_;
  Router router_;
  std::shared_ptr<EventReaders> event_readers_;
  Server server_;
};

}  // namespace transcribed::http
