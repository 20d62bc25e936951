// A program under test as a child process: what it prints, its signals, its end. With or without a
// pseudo-terminal. One thread.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace transcribed::fakes {

struct ProcessSettings {
  std::vector<std::string> command;
  std::map<std::string, std::string> environment;  // on top of ours
  std::string folder;                              // to start in; "" for ours
  std::string stdout_file;                         // "" for a pipe that is read
  std::string stdin_file;                          // "" for an empty input
  bool stdin_pipe = false;                         // what feed() gives instead
  std::optional<std::size_t> file_size_limit;      // bytes a file may have: a disk that fills up
  bool terminal = false;                           // all three are a pseudo-terminal, 80 x 24
  int columns = 80;
};

class ClientProcess {
 public:
  explicit ClientProcess(const ProcessSettings& settings);
  ~ClientProcess();  // kills what still runs
  ClientProcess(const ClientProcess&) = delete;
  ClientProcess& operator=(const ClientProcess&) = delete;

  // Reads until `found` is in what was printed (standard error; everything with a terminal) after
  // the last such match. False when the program ended or the limit passed first.
  bool wait_for(const std::string& found);
  // The exit status, or -signal; the limit is a test failure (-1000).
  int wait();
  // Memory it held at most; after wait().
  long peak_kb() const { return peak_kb_; }

  void signal(int number) const;
  void type(const std::string& text) const;  // on the terminal
  void resize(int columns, int rows = 24) const;
  void feed(const std::string& text);  // with stdin_pipe
  void end_of_input();
  // Until it stands still after a SIGSTOP; false when it ended instead.
  bool wait_until_stopped() const;

  const std::string& out() const { return out_; }
  const std::string& err() const { return err_; }  // with a terminal: all that was shown

 private:
  bool read_some(std::chrono::steady_clock::time_point deadline);

  pid_t pid_ = -1;
  int out_fd_ = -1;
  int err_fd_ = -1;
  int in_fd_ = -1;
  std::string out_;
  std::string err_;
  std::size_t matched_ = 0;
  std::optional<int> status_;
  long peak_kb_ = 0;
};

}  // namespace transcribed::fakes
