// Sends the files of a batch, one after another over one connection.
#pragma once

#include <stop_token>

#include "client/batch.h"
#include "client/job_api.h"

namespace transcribed::client {

enum class UploadsEnd {
  all_tried,  // every file was submitted, or failed on its own
  refused,    // the server refuses all of them; the rest was not sent
  draining,   // the server was shutting down before it took anything
  stopped,
};

struct UploadSettings {
  SubmitOptions options;
  // For a call that goes on for ever: once the server has taken something, nothing but a file
  // itself makes it give that file up.
  bool patient = false;
};

// Blocks until the batch is closed and all of it sent, or `stop`. While the server is away it
// waits, unless it was never there.
UploadsEnd run_uploads(Batch& batch, JobApi& api, const UploadSettings& settings,
                       std::stop_token stop);

}  // namespace transcribed::client
