// A daemon on the reference box, in a folder of its own, for one test.
#pragma once

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
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

  // RAM and disk stand in nobody's way unless `flags` say so.
  void start(const std::string& config, const std::vector<std::string>& flags = {}) {
    prepare(config, flags);
    start_again();
  }
  void prepare(const std::string& config, std::vector<std::string> flags) {
    const std::vector<std::pair<std::string, std::string>> defaults = {
        {"--config", folder_.write("transcribed.toml", config)},
        {"--allowed-paths", folder_.path().string()},
        {"--min-free-disk-mb", "0"},
        {"--min-system-ram-mb", "1"},
        {"--ram-per-job-mb", "1"}};
    for (const auto& [flag, value] : defaults) {
      if (std::ranges::find(flags, flag) != flags.end()) continue;
      flags.push_back(flag);
      flags.push_back(value);
    }
    setup_.data_folder = data_folder();
    setup_.flags = std::move(flags);
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
  DaemonSetup setup_{
      .data_folder = {}, .flags = {}, .path_front = TRANSCRIBED_FAKES, .path_rest = {}};
  std::unique_ptr<DaemonProcess> daemon_;

 private:
  int recordings_ = 0;
};

}  // namespace transcribed::tests
