// Whisper behind the real daemon when memory runs out: the engine says so, and the ladder is gone
// down.
#include <filesystem>
#include <fstream>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "tests/integration/whisper_daemon_fixture.h"

namespace transcribed::tests {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

// The engine gets the address space that a file says, from its next start on.
class WhisperDaemonMemory : public WhisperDaemon {
 protected:
  void SetUp() override {
    WhisperDaemon::SetUp();
    if (IsSkipped()) return;
#ifdef TRANSCRIBED_SANITIZED
    GTEST_SKIP() << "a sanitizer needs more address space than any limit that would show something";
#endif
    const std::filesystem::path real =
        std::filesystem::path(TRANSCRIBED_DAEMON).parent_path() / ".." / "libexec" / "transcribed";
    std::filesystem::create_directories(libexec());
    std::filesystem::create_symlink(real / "transcribed-keeper", libexec() / "transcribed-keeper");
    const std::filesystem::path engine = libexec() / "transcribed-engine-whisper";
    // One heap for all threads, so that what each maps ahead does not count.
    std::ofstream(engine) << "#!/bin/sh\nexport MALLOC_ARENA_MAX=1\nexec prlimit --as=\"$(cat '"
                          << limit().string() << "')\" '"
                          << (real / "transcribed-engine-whisper").string() << "'\n";
    std::filesystem::permissions(engine, std::filesystem::perms::owner_all);
    std::ofstream(limit()) << "unlimited";
  }
  std::string where_engines_are() const {
    return "[server]\nlibexec_dir = \"" + libexec().string() + "\"\n";
  }
  std::filesystem::path libexec() const { return folder_.path() / "libexec"; }
  std::filesystem::path limit() const { return folder_.path() / "limit"; }

  // A line of /proc/PID/status ("VmPeak").
  static long status_mb(pid_t pid, const std::string& name) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/status");
    for (std::string line; std::getline(file, line);) {
      if (line.starts_with(name + ":")) return std::stol(line.substr(name.size() + 1)) / 1024;
    }
    ADD_FAILURE() << "no " << name << " of " << pid;
    return 0;
  }
  void allow_mb(long megabytes) { std::ofstream(limit()) << megabytes * 1024 * 1024; }
};

TEST_F(WhisperDaemonMemory, AModelWithoutRoomIsTriedOnEachGpuAndFailsWithTheFigures) {
  const std::string base = (folder_.path() / "base.bin").string();
  const std::string write =
      std::string(TRANSCRIBED_PYTHON) + " '" + TRANSCRIBED_WRITE_MODEL + "' base '" + base + "'";
  ASSERT_EQ(std::system(write.c_str()), 0);
  start_micro(where_engines_are() + "[models.large]\nengine = \"whisper\"\nfile = \"" + base +
              "\"\n");
  const std::string audio = say("when is the meeting");
  texts(submit(audio, 1));
  const std::vector<pid_t> running = engines();
  ASSERT_EQ(running.size(), 1U);
  allow_mb(status_mb(running.front(), "VmSize") + 60);

  const std::string id = api().submit(audio, {{"model", "large"}});
  const boost::json::object job = api().wait_for(id, "failed");
  ASSERT_EQ(text_at(job, "state"), "failed") << boost::json::serialize(job);
  EXPECT_EQ(number_at(job, "attempt"), 3) << "twice on the first GPU, once on the second";
  const boost::json::object& error = job.at("error").as_object();
  EXPECT_EQ(text_at(error, "kind"), "out_of_memory");
  EXPECT_THAT(text_at(error, "message"),
              AllOf(HasSubstr("No memory for the model " + base), HasSubstr("0.2 GB needed"),
                    HasSubstr("(on GPU 0 with 12227 MB"), HasSubstr("(on GPU 1 with 8192 MB")));
  std::ofstream(limit()) << "unlimited";
  texts(submit(audio, 1));
  stop();
}

TEST_F(WhisperDaemonMemory, AJobWithoutRoomBesideAnotherIsHeardAloneAfterwards) {
  start_micro(where_engines_are() + "[gpus.1]\nenabled = false\n");
  const std::string audio = say("left right up down open close", 4);
  const std::vector<std::string> undisturbed = texts(submit(audio, 1));
  const std::vector<pid_t> running = engines();
  ASSERT_EQ(running.size(), 1U);
  allow_mb(status_mb(running.front(), "VmPeak") + 80);
  stop();

  start_again();
  // Both begin when the model is loaded, and their states do not fit at once.
  const std::vector<std::string> ids = submit(audio, 2);
  EXPECT_THAT(texts(ids), ::testing::Each(undisturbed.front()));
  std::vector<int> attempts;
  for (const std::string& id : ids) {
    const boost::json::object job = api().job(id);
    attempts.push_back(static_cast<int>(number_at(job, "attempt")));
    if (attempts.back() == 1) continue;
    EXPECT_EQ(text_at(job.at("lost_attempts").as_array()[0].as_object(), "kind"), "out_of_memory");
  }
  // Where both ask for their memory at one time, neither may get it: then each is heard alone.
  EXPECT_THAT(attempts, ::testing::AnyOf(UnorderedElementsAre(1, 2), ElementsAre(2, 2)));
  stop();
}

}  // namespace
}  // namespace transcribed::tests
