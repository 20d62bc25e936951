// The two threads at work on a batch, each with a connection of its own: one sends, one follows the
// jobs and fetches results. Belongs to one thread.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <thread>

#include "client/batch.h"
#include "client/job_api.h"
#include "client/server_address.h"
#include "client/uploader.h"
#include "client/watcher.h"

namespace transcribed::client {

class BatchWorkers {
 public:
  BatchWorkers(Batch& batch, const ServerAddress& server, const std::string& api_key);
  ~BatchWorkers();  // stops them

  // Before start(): is there a server, and does it take our key?
  ApiResult<void> greet() { return upload_api_.greet(); }
  // Without `watch` nobody follows the jobs.
  void start(UploadSettings uploads, std::optional<WatchOptions> watch);
  // Blocks until both have left what they were doing.
  void stop();

  // Everything has ended that was to be done; the batch's wake_fd() tells when to look.
  bool are_done() const { return done_; }
  // Once they are done.
  UploadsEnd uploads_end() const { return uploads_end_; }

 private:
  void finish();

  Batch& batch_;
  JobApi upload_api_;
  JobApi watch_api_;
  UploadSettings upload_settings_;
  std::atomic<bool> done_{false};
  UploadsEnd uploads_end_ = UploadsEnd::all_tried;
  std::jthread uploads_;
  std::jthread watch_;
};

}  // namespace transcribed::client
