// A GPU whose memory another program holds, on the real daemon: nvidia-smi tells, jobs wait.
#include <filesystem>
#include <fstream>

#include "tests/integration/daemon_fixture.h"

namespace transcribed::tests {
namespace {

using ::testing::HasSubstr;

class SharedGpu : public DaemonTest {
 protected:
  // An nvidia-smi of the reference box that reads what is taken from a file.
  SharedGpu() {
    const std::filesystem::path folder = folder_.path() / "bin";
    std::filesystem::create_directory(folder);
    std::ofstream(folder / "nvidia-smi")
        << "#!/bin/sh\ncase \"$*\" in\n*memory.used*) cat " << taken_ << " ;;\n*) exec "
        << TRANSCRIBED_FAKES << "/nvidia-smi \"$@\" ;;\nesac\n";
    std::filesystem::permissions(folder / "nvidia-smi", std::filesystem::perms::owner_all);
    setup_.path_front = folder;
  }
  // Whole at any moment, as it may be read at any.
  void take(const std::string& mb) const {
    std::ofstream(taken_.string() + ".new") << "0, " << mb << "\n";
    std::filesystem::rename(taken_.string() + ".new", taken_);
  }

  const std::filesystem::path taken_ = folder_.path() / "taken";
};

TEST_F(SharedGpu, IsLeftAloneUntilTheOtherProgramHasGone) {
  take("12000");
  start(engines_.worker_model("puppet") + "[gpus.1]\nenabled = false\n");
  const std::string id = api().submit(recording("out_of_memory,heard"));
  ASSERT_TRUE(eventually([&] {
    return api().reason(id) ==
           "vram_taken: GPU 0 has 0.2 of 12.2 GB free where a job needs 3.0 GB: other programs "
           "hold the rest";
  }));
  const std::string next = api().submit(recording("again"));
  EXPECT_THAT(api().reason(next), HasSubstr("other programs hold the rest"));
  EXPECT_EQ(engines_.entries("start").size(), 1U);
  take("300");
  EXPECT_EQ(text_at(api().wait_for(next, "completed"), "state"), "completed");
  EXPECT_EQ(number_at(api().wait_for(id, "completed"), "attempt"), 2);
  EXPECT_TRUE(daemon_->says("INFO: GPU 0 takes jobs again"));
  stop();
}

}  // namespace
}  // namespace transcribed::tests
