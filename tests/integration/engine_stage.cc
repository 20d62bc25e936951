#include "tests/integration/engine_stage.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "tests/integration/waiting.h"

namespace transcribed::tests {
namespace {

std::string model(const std::string& name, const std::string& engine,
                  const std::vector<std::string>& command, const std::string& more) {
  std::string words;
  for (const std::string& word : command) words += (words.empty() ? "\"" : ", \"") + word + "\"";
  return "[models." + name + "]\nengine = \"" + engine + "\"\ncommand = [" + words + "]\n" + more +
         "\n";
}

std::string fake(const std::string& name) { return TRANSCRIBED_FAKES "/engines/" + name; }

}  // namespace

EngineStage::EngineStage(std::filesystem::path folder, Gate gate) : folder_(std::move(folder)) {
  std::filesystem::create_directories(folder_ / "locks");
  if (gate == Gate::none) return;
  const std::string path = folder_ / "gate";
  if (::mkfifo(path.c_str(), 0600) != 0) throw std::runtime_error("no FIFO " + path);
  // Both ends, so that a reader waits instead of finding the end of the file.
  gate_ = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
}

EngineStage::~EngineStage() {
  if (gate_ >= 0) ::close(gate_);
}

std::string EngineStage::command_model(const std::string& name, const std::string& more) const {
  return model(name, "command", {"/bin/sh", fake("held_command.sh"), folder_.string(), "{audio}"},
               more);
}

std::string EngineStage::forking_model(const std::string& name) const {
  return model(name, "command",
               {"/bin/sh", fake("forking_command.sh"), folder_.string(), "{audio}"}, "");
}

std::string EngineStage::worker_model(const std::string& name, const std::string& more) const {
  return model(name, "worker",
               {TRANSCRIBED_PYTHON, "-I", "-S", fake("puppet_worker.py"), folder_.string()}, more);
}

std::string EngineStage::sharing_model(const std::string& name, int weights_mb, int state_mb,
                                       const std::string& more) const {
  return model(name, "worker",
               {TRANSCRIBED_PYTHON, "-I", "-S", fake("sharing_worker.py"), folder_.string(),
                std::to_string(weights_mb), std::to_string(state_mb)},
               "sharing = \"model\"\n" + more);
}

void EngineStage::let_pass(int jobs) const {
  const std::string bytes(static_cast<std::size_t>(jobs), 'x');
  if (::write(gate_, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) {
    throw std::runtime_error("the gate is stuck");
  }
}

std::vector<LedgerEntry> EngineStage::ledger() const {
  std::ifstream file(folder_ / "ledger");
  std::vector<LedgerEntry> out;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    LedgerEntry entry;
    words >> entry.what >> entry.job >> entry.gpu >> entry.pid;
    out.push_back(std::move(entry));
  }
  return out;
}

std::vector<LedgerEntry> EngineStage::entries(const std::string& what) const {
  std::vector<LedgerEntry> out = ledger();
  std::erase_if(out, [&](const LedgerEntry& entry) { return entry.what != what; });
  return out;
}

bool EngineStage::saw(const std::string& what, std::size_t count) const {
  return eventually([&] { return entries(what).size() >= count; });
}

std::map<int, int> EngineStage::most_at_once() const {
  std::map<int, std::set<std::string>> running;
  std::map<int, int> most;
  for (const LedgerEntry& entry : ledger()) {
    for (auto& [gpu, jobs] : running) jobs.erase(entry.job);
    if (entry.what != "start") continue;
    running[entry.gpu].insert(entry.job);
    most[entry.gpu] = std::max(most[entry.gpu], static_cast<int>(running[entry.gpu].size()));
  }
  return most;
}

}  // namespace transcribed::tests
