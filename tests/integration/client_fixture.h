// A scripted server, a folder with recordings, and the real `transcribe` in that folder.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/client_process.h"
#include "tests/fakes/job_server.h"

namespace transcribed {

class ClientTest : public testing::Test {
 protected:
  ClientTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "client-test-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~ClientTest() override { std::filesystem::remove_all(folder_); }

  void recording(const std::string& name, const std::string& content = "RIFF....") {
    std::ofstream(folder_ / name) << content;
  }
  std::string content(const std::string& name) {
    std::ifstream stream(folder_ / name);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  bool exists(const std::string& name) { return std::filesystem::exists(folder_ / name); }
  // No temporary file is left.
  std::size_t entries() {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder_),
                                                  std::filesystem::directory_iterator()));
  }

  fakes::ProcessSettings settings(const std::vector<std::string>& arguments) {
    fakes::ProcessSettings settings;
    settings.command = {TRANSCRIBE_PROGRAM};
    settings.command.insert(settings.command.end(), arguments.begin(), arguments.end());
    settings.environment = {{"TRANSCRIBED_SERVER", server_.url()},
                            {"LC_ALL", "C.UTF-8"},
                            {"TERM", "xterm"},
                            {"TRANSCRIBED_API_KEY", ""}};
    settings.folder = folder_.string();
    return settings;
  }
  fakes::ProcessSettings on_terminal(const std::vector<std::string>& arguments) {
    fakes::ProcessSettings wanted = settings(arguments);
    wanted.terminal = true;
    return wanted;
  }

  struct Ended {
    int status;
    std::string out, err;
  };
  Ended run(const fakes::ProcessSettings& wanted) {
    fakes::ClientProcess process(wanted);
    const int status = process.wait();
    return {status, process.out(), process.err()};
  }
  Ended run(const std::vector<std::string>& arguments) { return run(settings(arguments)); }

  // A job that runs until the test says otherwise.
  static fakes::JobScript held() {
    fakes::JobScript script;
    script.steps = {"queued", "running"};
    return script;
  }
  std::size_t posts() {
    std::size_t count = 0;
    for (const std::string& request : server_.requests()) count += request == "POST /api/jobs";
    return count;
  }

  std::filesystem::path folder_;
  fakes::JobServer server_;
};

}  // namespace transcribed
