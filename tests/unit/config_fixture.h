// A made-up home for the configuration: its own folder, variables and command line.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "daemon/config.h"

namespace transcribed::daemon {

class ConfigFixture : public ::testing::Test {
 protected:
  ConfigFixture() {
    std::string pattern = ::testing::TempDir() + "config-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    around_.environment["HOME"] = folder_ + "/home";
    around_.executable = folder_ + "/bin/transcribed";
    around_.system_config_file = folder_ + "/etc/transcribed.toml";
    write("libexec/transcribed/transcribed-engine-pocketsphinx", "");
    ::chmod((folder_ + "/libexec/transcribed/transcribed-engine-pocketsphinx").c_str(), 0755);
  }
  ~ConfigFixture() override { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name) const { return folder_ + "/" + name; }

  std::string write(const std::string& name, const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path());
    std::ofstream(path(name), std::ios::trunc) << text;
    return path(name);
  }

  tl::expected<Config, EarlyExit> load(const std::vector<std::string>& arguments = {}) {
    std::vector<const char*> argv = {"transcribed"};
    for (const std::string& argument : arguments) argv.push_back(argument.c_str());
    return load_config(static_cast<int>(argv.size()), argv.data(), around_);
  }

  // With `toml` as the file that --config names.
  tl::expected<Config, EarlyExit> load_file(const std::string& toml,
                                            std::vector<std::string> arguments = {}) {
    arguments.insert(arguments.begin(), {"--config", write("t.toml", toml)});
    return load(arguments);
  }

  // For what must be taken.
  Config config(const std::vector<std::string>& arguments = {}) { return taken(load(arguments)); }
  Config file_config(const std::string& toml, const std::vector<std::string>& arguments = {}) {
    return taken(load_file(toml, arguments));
  }

  // For what must be refused: everything that is printed.
  std::string refusal(const std::vector<std::string>& arguments) {
    return refused(load(arguments));
  }
  std::string file_refusal(const std::string& toml,
                           const std::vector<std::string>& arguments = {}) {
    return refused(load_file(toml, arguments));
  }

  std::string folder_;
  Surroundings around_;

 private:
  static Config taken(tl::expected<Config, EarlyExit> result) {
    if (result) return *result;
    ADD_FAILURE() << "refused: " << result.error().text;
    return {};
  }
  static std::string refused(const tl::expected<Config, EarlyExit>& result) {
    if (result) {
      ADD_FAILURE() << "not refused";
      return "";
    }
    EXPECT_EQ(result.error().status, 1);
    EXPECT_TRUE(result.error().is_error);
    return result.error().text;
  }
};

}  // namespace transcribed::daemon
