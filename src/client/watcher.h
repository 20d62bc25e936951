// Follows the submitted jobs of a batch to their ends and brings the transcripts home.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "client/batch.h"
#include "client/job_api.h"
#include "client/output_plan.h"

namespace transcribed::client {

struct WatchOptions {
  bool overwrite = false;
  bool smooth = false;  // ask often enough for bars that move
  // Writes a transcript to standard output; nothing, or the system's reason.
  std::function<std::optional<std::string>(std::string_view)> print;
};

class Watcher {
 public:
  Watcher(Batch& batch, JobApi& api, const std::vector<PlannedFile>& files, WatchOptions options)
      : batch_(batch), api_(api), files_(files), options_(std::move(options)) {}

  // Blocks until every file has ended and no more will be submitted, or `stop`.
  void run(std::stop_token stop);

 private:
  enum class Round { nothing_new, progress, changed, many_ended, trouble };
  Round ask_all(const std::stop_token& stop);
  Round ask(const Batch::Watched& watched);
  // False: the server went away, and this is to be tried again.
  bool collect(std::size_t index, const std::string& id);
  void print_in_order();
  // What a problem means for the one file; true when it was settled.
  bool settle(std::size_t index, const ApiProblem& problem);

  Batch& batch_;
  JobApi& api_;
  const std::vector<PlannedFile>& files_;
  WatchOptions options_;
  int nonsense_ = 0;  // answers in a row that were none of a transcribed server
  // Transcripts on standard output come in the order of the call: what is ready early waits here.
  std::set<std::size_t> ready_;
  std::vector<std::string> ids_;
  std::size_t next_to_print_ = 0;
  std::optional<std::string> output_broken_;
};

}  // namespace transcribed::client
