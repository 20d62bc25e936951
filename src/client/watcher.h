// Follows the submitted jobs of a batch to their ends and brings the transcripts home.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "client/batch.h"
#include "client/job_api.h"
#include "client/output_plan.h"
#include "client/transcript_style.h"

namespace transcribed::client {

struct WatchOptions {
  bool overwrite = false;
  bool smooth = false;   // ask often enough for bars that move
  bool patient = false;  // a server that is away or talks nonsense is waited for without an end
  TranscriptStyle style;
  // What is meant for standard output goes into the event of the file's end instead.
  bool texts_in_events = false;
  // Writes a transcript to standard output; nothing, or the system's reason.
  std::function<std::optional<std::string>(std::string_view)> print;
};

class Watcher {
 public:
  Watcher(Batch& batch, JobApi& api, WatchOptions options)
      : batch_(batch), api_(api), options_(std::move(options)) {}

  // Blocks until every file has ended and no more will be submitted, or `stop`.
  void run(std::stop_token stop);

 private:
  enum class Round { nothing_new, progress, changed, many_ended, trouble };
  Round ask_all(const std::stop_token& stop);
  Round ask(const Batch::Watched& watched);
  // False: the server went away, and this is to be tried again.
  bool collect(std::size_t index, const JobInfo& job);
  void deliver(std::size_t index, const BatchFile& file, std::vector<Delivery> results,
               const std::string& id);
  bool is_printed(const BatchFile& file) const;
  void print_in_order();
  // False: to be tried again.
  bool print_one(std::size_t index, const BatchFile& file, const std::string& id);
  // What a problem means for the one file; true when it was settled.
  bool settle(std::size_t index, const ApiProblem& problem);

  Batch& batch_;
  JobApi& api_;
  WatchOptions options_;
  int nonsense_ = 0;  // answers in a row that were none of a transcribed server
  // Transcripts on standard output come in the order of the call: what is ready early waits here,
  // by its index, with its job's id.
  std::map<std::size_t, std::string> ready_;
  std::size_t next_to_print_ = 0;
  std::optional<std::string> output_broken_;
};

}  // namespace transcribed::client
