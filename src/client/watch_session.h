// `transcribe --watch DIR`: every recording that appears becomes a job, until a signal ends it.
// Lives on the main thread; two more work for it.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "client/batch.h"
#include "client/batch_screen.h"
#include "client/batch_workers.h"
#include "client/folder_watch.h"
#include "client/output_plan.h"
#include "client/server_address.h"
#include "client/signal_watch.h"
#include "client/submit_session.h"
#include "client/watch_list.h"

namespace transcribed::client {

struct WatchSettings {
  SubmitSettings submit;
  PlanRequest plan;  // its inputs are those that appear
  std::filesystem::path folder;
  bool recursive = false;
  std::chrono::seconds settle{10};
  std::chrono::seconds poll{0};  // 0: inotify alone
};

class WatchSession {
 public:
  // Make it before any other thread: it takes over signals.
  WatchSession(ServerAddress server, std::string api_key, WatchSettings settings);

  // Blocks until the end; returns the exit status.
  int run();

 private:
  using Clock = std::chrono::steady_clock;

  std::optional<int> prepare();
  int wait_for_end();
  // Nothing, or that it is over.
  std::optional<int> on_signals();
  std::optional<int> on_folder_events();
  void look_through(const std::filesystem::path& folder);
  void look_at(const std::filesystem::path& file);
  void look_again_where_due();
  void take_complete_ones();
  void take(const std::filesystem::path& path);
  // True when another recording that was taken has the same result.
  bool is_contested(const Input& input, const std::string& name,
                    const std::vector<PlannedOutput>& outputs);
  int poll_limit_ms() const;
  int leave(int status);

  const ServerAddress server_;
  const std::string api_key_;
  const WatchSettings settings_;
  SignalWatch signals_;
  Batch batch_;
  BatchScreen screen_;
  BatchWorkers workers_;
  std::optional<FolderWatch> watch_;
  WatchList list_;
  std::map<std::filesystem::path, std::size_t> taken_;                // recording -> its index
  std::map<std::filesystem::path, std::filesystem::path> result_of_;  // result -> recording
  std::size_t skipped_ = 0;
  Clock::time_point last_poll_{};
};

}  // namespace transcribed::client
