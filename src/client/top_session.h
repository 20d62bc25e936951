// `transcribe top`: the machine and its jobs, live on a terminal. The thread that made it; one more
// asks the server.
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "client/job_api.h"
#include "client/server_address.h"
#include "client/signal_watch.h"
#include "client/top_view.h"

namespace transcribed::client {

struct TopSettings {
  std::chrono::milliseconds interval{1000};
  bool once = false;  // one picture, as where standard output is no terminal
};

class TopSession {
 public:
  // Make it before any other thread: it takes over signals.
  TopSession(ServerAddress server, std::string api_key, TopSettings settings);
  ~TopSession();
  TopSession(const TopSession&) = delete;
  TopSession& operator=(const TopSession&) = delete;

  // Blocks until q or a signal; returns the exit status.
  int run();

 private:
  // Asks the server; what it does not answer stays as it was.
  std::optional<ApiProblem> fetch(TopPicture& picture);
  std::optional<ApiProblem> fetch_waiting(TopPicture& picture);
  void keep_fetching(const std::stop_token& stop);
  int print_once(const TopPicture& picture);
  int show_live();

  const TopSettings settings_;
  SignalWatch signals_;
  JobApi api_;
  int wake_fd_ = -1;  // readable when there is a new picture
  int rounds_ = 0;
  long long pending_seen_ = -1;
  std::mutex mutex_;
  TopPicture picture_;  // guarded by mutex_ once the other thread runs
  std::jthread fetching_;
};

}  // namespace transcribed::client
