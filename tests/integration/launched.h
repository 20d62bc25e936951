// For tests of KeeperLauncher: a loop, a launcher, and processes that remember what they told.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/types.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "adapters/keeper_launcher.h"
#include "adapters/leftovers.h"
#include "adapters/private_folder.h"
#include "tests/integration/waiting.h"

namespace transcribed::adapters {

struct Launched {
  std::string out;
  std::string err;
  std::vector<ports::ProcessEnd> ends;
  std::unique_ptr<ports::Process> process;

  const ports::ProcessEnd& end() const { return ends.at(0); }
};

inline bool is_gone(pid_t pid) { return ::kill(pid, 0) != 0 && errno == ESRCH; }

// The numbers in `text`, as processes print theirs.
inline std::vector<pid_t> pids_in(const std::string& text) {
  std::istringstream words(text);
  std::vector<pid_t> pids;
  for (pid_t pid = 0; words >> pid;) pids.push_back(pid);
  return pids;
}

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = ::testing::TempDir() + "keeper-test-XXXXXX";
    path_ = ::mkdtemp(pattern.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }
  bool empty() const { return std::filesystem::is_empty(path_); }
  // But for empty files and folders.
  bool holds_nothing() const {
    for (const auto& entry : std::filesystem::directory_iterator(path_)) {
      std::error_code gone;  // removed behind our back
      if (!std::filesystem::is_empty(entry, gone) && !gone) return false;
    }
    return true;
  }
  std::string write(const std::string& name, const std::string& text, int mode) const {
    const std::string path = path_ + "/" + name;
    std::ofstream(path) << text;
    std::filesystem::permissions(path, static_cast<std::filesystem::perms>(mode));
    return path;
  }

 private:
  std::string path_;
};

class KeeperTest : public ::testing::Test {
 protected:
  using How = ports::ProcessEnd::How;

  KeeperTest() { restart(); }

  KeeperLauncherOptions options() const {
    return {.keeper_program = KEEPER_PROGRAM,
            .temporary_folder = folders_.path(),
            .data_folder_id = id_,
            .kept_fds = {}};
  }
  void restart() { restart(options()); }
  void restart(KeeperLauncherOptions options) {
    launcher_.reset();
    loop_.restart();  // without a launcher it had no work, and stopped
    launcher_ = std::make_unique<KeeperLauncher>(loop_, std::move(options));
  }

  // Runs the loop until `condition` holds; a test that waits in vain fails.
  void run_until(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + tests::patience;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) {
        FAIL() << "waited in vain";
      }
      loop_.run_one_for(std::chrono::milliseconds(20));
    }
  }
  void run_to_end(const Launched& launched) {
    run_until([&] { return !launched.ends.empty(); });
    ASSERT_FALSE(launched.ends.empty());
  }

  std::unique_ptr<Launched> launch(ports::LaunchSpec spec) {
    auto launched = std::make_unique<Launched>();
    Launched* const to = launched.get();
    launched->process = launcher_->launch(
        std::move(spec),
        {.on_stdout = [to](std::string_view piece) { to->out += piece; },
         .on_stderr = [to](std::string_view piece) { to->err += piece; },
         .on_end = [to](const ports::ProcessEnd& end) { to->ends.push_back(end); }});
    return launched;
  }
  std::unique_ptr<Launched> launch_shell(const std::string& script, bool standard_input = false) {
    ports::LaunchSpec spec;
    spec.argv = {"sh", "-c", script};
    spec.standard_input = standard_input;
    return launch(std::move(spec));
  }
  std::unique_ptr<Launched> run_shell(const std::string& script) {
    auto launched = launch_shell(script);
    run_to_end(*launched);
    return launched;
  }
  // Nothing that carries this test's mark runs.
  void expect_none_left() {
    const Swept swept = sweep_leftovers(id_);
    EXPECT_EQ(swept.killed, 0);
    EXPECT_EQ(swept.remaining, 0);
  }

  const std::string id_ = random_id();
  TemporaryFolder folders_;
  boost::asio::io_context loop_{1};
  std::unique_ptr<KeeperLauncher> launcher_;
};

}  // namespace transcribed::adapters
