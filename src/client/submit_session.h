// One call of `transcribe FILE...`: sends, shows, collects, and obeys Ctrl-C. Lives on the main
// thread and starts two more, each with a connection of its own.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "client/batch.h"
#include "client/job_api.h"
#include "client/live_area.h"
#include "client/output_plan.h"
#include "client/server_address.h"
#include "client/signal_watch.h"
#include "client/uploader.h"

namespace transcribed::client {

struct SubmitSettings {
  SubmitOptions options;
  bool overwrite = false;
  bool detach = false;
  bool cancel_on_interrupt = false;
  bool quiet = false;
  std::filesystem::path folder_to_make;  // "" for none
};

class SubmitSession {
 public:
  // Make it before any other thread: it takes over signals.
  SubmitSession(ServerAddress server, std::string api_key, SubmitSettings settings,
                std::vector<PlannedFile> files);

  // Blocks until the end; returns the exit status.
  int run();

 private:
  enum class Left { finished, let_go_on, cancel };

  std::optional<int> prepare();
  void start_threads();
  Left wait_for_end();
  void show_events();
  void show(const BatchEvent& event);
  void draw();
  void say(std::string_view line);
  // What was said, without bars under it.
  void put_away_bars();
  void to_stdout(std::string_view text);
  std::optional<Left> on_signal(int number);
  void ask();
  std::optional<Left> read_answer();
  int finish();
  int part(Left how);

  const ServerAddress server_;
  const std::string api_key_;
  const SubmitSettings settings_;
  const std::vector<PlannedFile> files_;
  const bool live_;         // bars on standard error
  const bool interactive_;  // somebody can answer a question
  const bool unicode_;
  SignalWatch signals_;
  Batch batch_;
  JobApi upload_api_;
  JobApi watch_api_;
  LiveArea area_;
  std::vector<std::string> said_;  // to be shown with the next drawing
  const std::chrono::steady_clock::time_point began_;
  std::chrono::steady_clock::time_point drawn_at_{};
  std::vector<BatchEvent> held_;  // while a question stands on the screen
  bool asking_ = false;
  std::string answer_;
  std::atomic<bool> threads_done_{false};
  UploadsEnd uploads_end_ = UploadsEnd::all_tried;
  std::jthread uploads_;
  std::jthread watch_;
};

}  // namespace transcribed::client
