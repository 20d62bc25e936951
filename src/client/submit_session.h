// One call of `transcribe FILE...`: sends, shows, collects, and obeys Ctrl-C. Lives on the main
// thread; two more work for it.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "client/batch.h"
#include "client/batch_screen.h"
#include "client/batch_workers.h"
#include "client/job_api.h"
#include "client/output_plan.h"
#include "client/server_address.h"
#include "client/signal_watch.h"
#include "client/transcript_style.h"

namespace transcribed::client {

struct SubmitSettings {
  SubmitOptions options;
  TranscriptStyle style;
  bool overwrite = false;
  bool detach = false;
  bool cancel_on_interrupt = false;
  bool quiet = false;
  bool as_json = false;
  std::filesystem::path folder_to_make;  // "" for none
};

class SubmitSession {
 public:
  // Make it before any other thread: it takes over signals.
  SubmitSession(ServerAddress server, std::string api_key, SubmitSettings settings, Plan plan);

  // Blocks until the end; returns the exit status.
  int run();

 private:
  enum class Left { finished, let_go_on, cancel };

  std::optional<int> prepare();
  void start_workers();
  Left wait_for_end();
  std::optional<Left> on_signal(int number);
  void ask();
  std::optional<Left> read_answer();
  int finish();
  int part(Left how);

  const ServerAddress server_;
  const std::string api_key_;
  const SubmitSettings settings_;
  const bool interactive_;  // somebody can answer a question
  SignalWatch signals_;
  Batch batch_;
  BatchScreen screen_;
  BatchWorkers workers_;
  const std::size_t skipped_;
  const std::chrono::steady_clock::time_point began_;
  bool asking_ = false;
  std::string answer_;
};

// The end of a session that is left before its jobs have ended: cancels them or lets them go on,
// and says so.
void leave_jobs(const ServerAddress& server, const std::string& api_key, const Batch& batch,
                BatchScreen& screen, bool cancel);

}  // namespace transcribed::client
