// The real daemon in a process of its own: its log, its end, and what it leaves behind.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tests/integration/waiting.h"

namespace transcribed::tests {

struct DaemonSetup {
  std::filesystem::path data_folder;
  std::vector<std::string> flags;    // beside --data-dir and --listen
  std::filesystem::path path_front;  // stands first on the daemon's PATH; may be empty
  // The limits on its open files; 0: ours.
  std::uint64_t open_files_soft = 0;
  std::uint64_t open_files_hard = 0;
  // Instead of the rest of PATH; nothing: this process's own.
  std::optional<std::string> path_rest;
  std::string listen = "127.0.0.1:0";
};

class DaemonProcess {
 public:
  // Starts it; it dies with the thread that called this.
  explicit DaemonProcess(const DaemonSetup& setup);
  // Kills what still runs.
  ~DaemonProcess();
  DaemonProcess(const DaemonProcess&) = delete;
  DaemonProcess& operator=(const DaemonProcess&) = delete;

  // Waits until it listens. Throws with its log when it ends instead, or at the deadline.
  std::uint16_t port();

  void signal(int number) const;
  // The exit status, 128 + signal when a signal ended it; nothing when it still runs at the
  // deadline. Once it has ended, its log is complete.
  std::optional<int> wait(std::chrono::milliseconds limit = patience);
  // SIGKILL, and gone.
  void kill();

  // --- Its log: standard error, line by line. ---

  // Waits for a line that holds `text`, `times` of them. False at the deadline, or once it has
  // ended without.
  bool says(const std::string& text, int times = 1);
  // All that it has written by now.
  std::vector<std::string> lines();
  std::vector<std::string> lines_with(const std::string& text);
  std::string log();

 private:
  void read_log();
  bool take_what_is_written();  // under the mutex; false at the end of the log
  std::optional<std::string> find_line(const std::string& text, int times) const;

  pid_t pid_ = -1;
  int process_ = -1;  // a pidfd
  int log_ = -1;
  std::optional<int> status_;
  std::uint16_t port_ = 0;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> lines_;
  std::string rest_;  // of a line whose end has not come
  bool log_ended_ = false;
  std::thread reader_;
};

// Every process, however far removed, that was started for this data folder and still lives.
std::vector<pid_t> processes_of(const std::filesystem::path& data_folder);
// Whether no daemon and no keeper has the data folder any more.
bool is_unlocked(const std::filesystem::path& data_folder);
// Waits until neither is left, and says so. `limit`: how long that may take.
bool nothing_left_of(const std::filesystem::path& data_folder,
                     std::chrono::milliseconds limit = patience);

}  // namespace transcribed::tests
