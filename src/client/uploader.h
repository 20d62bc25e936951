// Sends the files of a batch, one after another over one connection.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "client/batch.h"
#include "client/job_api.h"
#include "client/output_plan.h"

namespace transcribed::client {

enum class UploadsEnd {
  all_tried,  // every file was submitted, or failed on its own
  refused,    // the server refuses all of them; the rest was not sent
  draining,   // the server was shutting down before it took anything
  stopped,
};

// Blocks until all is sent or `stop`. While the server is away it waits, unless it was never there.
UploadsEnd run_uploads(Batch& batch, JobApi& api, const std::vector<PlannedFile>& files,
                       const SubmitOptions& options, std::stop_token stop);

}  // namespace transcribed::client
