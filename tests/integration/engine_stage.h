// What the engines of tests/fakes/engines share with the test, in one folder: a ledger where each
// appends a line when it starts and ends a job, a gate (a FIFO) whose every byte lets one job pass,
// and a lock a job, by which one that runs twice at once is noticed.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace transcribed::tests {

struct LedgerEntry {
  std::string what;  // start | end | cancelled | twice
  std::string job;
  int gpu = -1;
  pid_t pid = 0;
};

class EngineStage {
 public:
  enum class Gate { none, closed };
  EngineStage(std::filesystem::path folder, Gate gate);
  ~EngineStage();
  EngineStage(const EngineStage&) = delete;
  EngineStage& operator=(const EngineStage&) = delete;

  // Sections for the config file; `more` are further lines of it.
  std::string command_model(const std::string& name, const std::string& more = "") const;
  std::string forking_model(const std::string& name) const;
  std::string worker_model(const std::string& name, const std::string& more = "") const;

  // A worker with many jobs at once, which says that it takes so much VRAM.
  std::string sharing_model(const std::string& name, int weights_mb, int state_mb,
                            const std::string& more = "") const;

  // Lets so many jobs pass the gate, now or when they come to it.
  void let_pass(int jobs = 1) const;

  std::vector<LedgerEntry> ledger() const;
  // The entries with this word, in order.
  std::vector<LedgerEntry> entries(const std::string& what) const;
  // Waits until that many are there.
  bool saw(const std::string& what, std::size_t count) const;
  // The most jobs that ran at once on each GPU, by the ledger; what was killed counts until it
  // starts again.
  std::map<int, int> most_at_once() const;

 private:
  std::filesystem::path folder_;
  int gate_ = -1;
};

}  // namespace transcribed::tests
