// A daemon on the reference box, in a folder of its own, for one test.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/api_client.h"
#include "tests/integration/daemon_process.h"
#include "tests/integration/engine_stage.h"
#include "tests/integration/temporary_folder.h"
#include "tests/integration/waiting.h"

namespace transcribed::tests {

class DaemonTest : public ::testing::Test {
 protected:
  ~DaemonTest() override {
    if (HasFailure() && daemon_) std::cerr << "--- the daemon's log ---\n" << daemon_->log();
    daemon_.reset();
  }

  // `models`: the config file. RAM and disk stand in nobody's way unless `flags` say so.
  void start(const std::string& config, std::vector<std::string> flags = {}) {
    setup_.data_folder = data_folder();
    setup_.flags = {"--config",           folder_.write("transcribed.toml", config),
                    "--allowed-paths",    folder_.path().string(),
                    "--min-free-disk-mb", "0"};
    setup_.flags.insert(setup_.flags.end(), flags.begin(), flags.end());
    if (std::ranges::find(flags, "--min-system-ram-mb") == flags.end()) {
      setup_.flags.insert(setup_.flags.end(),
                          {"--min-system-ram-mb", "1", "--ram-per-job-mb", "1"});
    }
    start_again();
  }
  // With the same setup, after the daemon has ended.
  void start_again() {
    daemon_ = std::make_unique<DaemonProcess>(setup_);
    daemon_->port();
  }

  ApiClient api() { return ApiClient(daemon_->port()); }
  std::filesystem::path data_folder() const { return folder_.path() / "data"; }
  std::string recording(const std::string& content) {
    return folder_.write("recording-" + std::to_string(++recordings_), content);
  }
  // SIGTERM, and the end that a daemon in order comes to.
  void stop() {
    daemon_->signal(SIGTERM);
    EXPECT_EQ(daemon_->wait(), 0);
    EXPECT_TRUE(nothing_left_of(data_folder()));
  }

  TemporaryFolder folder_;
  EngineStage engines_{folder_.path() / "engines", EngineStage::Gate::closed};
  DaemonSetup setup_{.data_folder = {}, .flags = {}, .path_front = TRANSCRIBED_FAKES, .path_rest = {}};
  std::unique_ptr<DaemonProcess> daemon_;

 private:
  int recordings_ = 0;
};

}  // namespace transcribed::tests
