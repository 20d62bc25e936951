// Whisper behind the real daemon, with the model of our own.
#pragma once

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <boost/json/serialize.hpp>

#include "tests/integration/daemon_fixture.h"

namespace transcribed::tests {

inline std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class WhisperDaemon : public DaemonTest {
 protected:
#ifdef TRANSCRIBED_MICRO_WHISPER
  void SetUp() override {}
  static std::string micro() { return TRANSCRIBED_MICRO_WHISPER; }
#else
  void SetUp() override { GTEST_SKIP() << "the engine whisper was not built"; }
  static std::string micro() { return {}; }
#endif

  void start_micro(const std::string& more = "") {
    start("default_model = \"micro\"\n" + more + "[models.micro]\nengine = \"whisper\"\nfile = \"" +
              micro() + "\"\nthreads = 1\n",
          {"--log-level", "debug"});
  }
  // A WAV file of this sentence, `times` over.
  std::string say(const std::string& sentence, int times = 1) {
    std::string text = sentence;
    for (int i = 1; i < times; ++i) text += ". " + sentence;
    const std::string path =
        (folder_.path() / ("said-" + std::to_string(++said_) + ".wav")).string();
    EXPECT_EQ(std::system(("flite -voice awb -t '" + text + "' -o '" + path + "'").c_str()), 0);
    return path;
  }
  std::vector<std::string> submit(const std::string& path, int count) {
    std::vector<std::string> ids;
    for (int i = 0; i < count; ++i) ids.push_back(api().submit(path));
    return ids;
  }
  // Of each, which must have completed.
  std::vector<std::string> texts(const std::vector<std::string>& ids) {
    std::vector<std::string> all;
    for (const std::string& id : ids) {
      const boost::json::object job = api().wait_for(id, "completed");
      EXPECT_EQ(text_at(job, "state"), "completed") << boost::json::serialize(job);
      all.push_back(api().transcript(id, "txt"));
    }
    return all;
  }
  std::vector<pid_t> engines() {
    std::vector<pid_t> found;
    for (const pid_t pid : processes_of(data_folder())) {
      const std::string program = bytes_of("/proc/" + std::to_string(pid) + "/cmdline");
      if (program.find("transcribed-engine-whisper") != std::string::npos) found.push_back(pid);
    }
    return found;
  }

 private:
  int said_ = 0;
};

}  // namespace transcribed::tests
