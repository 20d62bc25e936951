// Running nvidia-smi: real processes, from the scripts in tests/fakes.
#include "adapters/nvidia_smi_probe.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "wire/utf8.h"

namespace transcribed::adapters {
namespace {

using core::DetectedGpu;
using core::GpuDetection;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Optional;
using ::testing::StartsWith;

std::string fakes(const std::string& folder = "") { return FAKES + ("/" + folder); }

// The search path with the fake first; the scripts themselves use the test's own PATH.
GpuDetection detect(const std::string& folder, std::chrono::milliseconds limit,
                    std::size_t max_output = 1 << 20) {
  NvidiaSmiProbe::Options options;
  options.path = fakes(folder);
  options.limit = limit;
  options.max_output = max_output;
  return NvidiaSmiProbe(options).detect();
}

GpuDetection detect(const std::string& folder) { return detect(folder, std::chrono::seconds(10)); }

bool has_children() { return ::waitpid(-1, nullptr, WNOHANG) != -1 || errno != ECHILD; }

class NvidiaSmi : public ::testing::Test {
 protected:
  void TearDown() override { EXPECT_FALSE(has_children()) << "a process was not reaped"; }
};

// A FIFO that the fake and all its children hold open: its end of file is their death.
class AliveFifo {
 public:
  AliveFifo() {
    std::string pattern = ::testing::TempDir() + "alive-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    const std::string path = folder_ + "/fifo";
    EXPECT_EQ(::mkfifo(path.c_str(), 0600), 0);
    fd_ = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    ::setenv("FAKE_ALIVE", path.c_str(), 1);
  }
  ~AliveFifo() {
    ::close(fd_);
    ::unsetenv("FAKE_ALIVE");
    std::filesystem::remove_all(folder_);
  }
  // What was written until every process that held it had ended; a mark when one has not.
  std::string last_words() const {
    std::string text;
    for (;;) {
      pollfd entry{fd_, POLLIN, 0};
      if (::poll(&entry, 1, 10'000) != 1) return text + "(still held open)";
      char byte = 0;
      const ssize_t count = ::read(fd_, &byte, 1);
      if (count == 0) return text;
      if (count == 1) text += byte;
    }
  }

 private:
  std::string folder_;
  int fd_ = -1;
};

TEST_F(NvidiaSmi, TheReferenceBoxIsAskedForExactlyWhatTheContractSays) {
  const GpuDetection detection = detect("");
  EXPECT_EQ(detection.failure, std::nullopt);
  EXPECT_THAT(detection.gpus, ElementsAre(DetectedGpu{0, "RTX 5070 Ti", 12'227, "0000:01:00.0"},
                                          DetectedGpu{1, "RTX 2080 Super", 8'192, "0000:02:00.0"}));
  EXPECT_THAT(detection.warnings, IsEmpty());
}

TEST_F(NvidiaSmi, OneThatKnowsNoAddressesIsAsGoodOtherwise) {
  const GpuDetection detection = detect("gpu-no-addresses");
  EXPECT_EQ(detection.failure, std::nullopt);
  EXPECT_THAT(detection.gpus, ElementsAre(DetectedGpu{0, "RTX 5070 Ti", 12'227}));
  EXPECT_THAT(detection.warnings, IsEmpty());
}

TEST_F(NvidiaSmi, OneThatHangsOverAddressesIsEndedAndAsGoodOtherwise) {
  const AliveFifo alive;
  const GpuDetection detection = detect("gpu-hang-addresses", std::chrono::milliseconds(1'500));
  EXPECT_EQ(detection.failure, std::nullopt);
  EXPECT_THAT(detection.gpus, ElementsAre(DetectedGpu{0, "RTX 5070 Ti", 12'227}));
  EXPECT_THAT(detection.warnings, IsEmpty());
  EXPECT_EQ(alive.last_words(), "x\n");
}

TEST_F(NvidiaSmi, IsFoundOnThePathOfTheProcess) {
  const std::string before = std::getenv("PATH");
  ::setenv("PATH", (fakes() + ":" + before).c_str(), 1);
  const GpuDetection detection = NvidiaSmiProbe().detect();
  ::setenv("PATH", before.c_str(), 1);
  EXPECT_EQ(detection.gpus.size(), 2U);
}

TEST_F(NvidiaSmi, IsLookedForInEveryFolderOfThePath) {
  NvidiaSmiProbe::Options options;
  options.path = "/no/such/folder:" + fakes("gpu-not-executable") + ":" + fakes();
  EXPECT_EQ(NvidiaSmiProbe(options).detect().gpus.size(), 2U);
}

TEST_F(NvidiaSmi, Missing) {
  const GpuDetection detection = detect("no-such-folder");
  EXPECT_THAT(detection.failure, Optional(std::string("nvidia-smi was not found on PATH")));
  EXPECT_THAT(detection.gpus, IsEmpty());
}

TEST_F(NvidiaSmi, MissingOnAnEmptyPath) {
  NvidiaSmiProbe::Options options;
  options.path = "";
  EXPECT_THAT(NvidiaSmiProbe(options).detect().failure, Optional(HasSubstr("not found")));
}

TEST_F(NvidiaSmi, NotExecutable) {
  EXPECT_THAT(detect("gpu-not-executable").failure,
              Optional(HasSubstr("/gpu-not-executable/nvidia-smi is not executable")));
}

TEST_F(NvidiaSmi, CannotBeStarted) {
  EXPECT_THAT(
      detect("gpu-no-interpreter").failure,
      Optional(AllOf(HasSubstr("could not be started"), HasSubstr("No such file or directory"))));
}

TEST_F(NvidiaSmi, Exit1SaysWhatWasPrintedOnStandardOutput) {
  EXPECT_THAT(detect("gpu-exit-1").failure,
              Optional(std::string("nvidia-smi ended with status 1: NVIDIA-SMI has failed because "
                                   "it couldn't communicate with the NVIDIA driver.")));
}

TEST_F(NvidiaSmi, ANonZeroExitCountsForMoreThanRowsAndSaysTheEndOfStandardError) {
  const GpuDetection detection = detect("gpu-exit-9");
  EXPECT_THAT(detection.gpus, IsEmpty());
  EXPECT_THAT(detection.failure, Optional(AllOf(StartsWith("nvidia-smi ended with status 9: …"),
                                                HasSubstr("noise 499 Driver is on fire"),
                                                Not(HasSubstr("noise 1 ")))));
  EXPECT_LT(detection.failure->size(), 400U);
}

TEST_F(NvidiaSmi, KilledByASignal) {
  EXPECT_THAT(detect("gpu-killed").failure,
              Optional(std::string("nvidia-smi was killed by signal 9 (Killed): about to die")));
}

TEST_F(NvidiaSmi, AHangEndsAtTheLimitWithAllItsChildren) {
  const AliveFifo alive;
  // Long enough for a shell to start on a busy machine, short enough to be run often.
  const GpuDetection detection = detect("gpu-hang", std::chrono::milliseconds(1'500));
  EXPECT_THAT(detection.failure, Optional(std::string("nvidia-smi gave no answer within 1.50 s")));
  EXPECT_EQ(alive.last_words(), "x\n");
}

TEST_F(NvidiaSmi, AChildThatKeepsThePipesOpenIsNotWaitedForAndIsKilled) {
  const AliveFifo alive;
  const GpuDetection detection = detect("gpu-leaves-child");
  EXPECT_THAT(detection.gpus, ElementsAre(DetectedGpu{0, "RTX 5070 Ti", 12'227}));
  EXPECT_EQ(alive.last_words(), "x\n");
}

TEST_F(NvidiaSmi, Empty) {
  EXPECT_THAT(detect("gpu-empty").failure, Optional(std::string("nvidia-smi printed nothing")));
}

TEST_F(NvidiaSmi, Garbage) {
  const GpuDetection detection = detect("gpu-garbage");
  EXPECT_THAT(detection.failure, Optional(HasSubstr("\"No devices were found\"")));
  EXPECT_TRUE(wire::is_valid_utf8(*detection.failure));
}

TEST_F(NvidiaSmi, AFloodIsCutOff) {
  const AliveFifo alive;
  EXPECT_THAT(detect("gpu-flood").failure,
              Optional(std::string("nvidia-smi printed more than 1048576 bytes")));
  EXPECT_EQ(alive.last_words(), "x\n");
}

TEST_F(NvidiaSmi, OutputOfExactlyTheLimitIsTaken) {
  constexpr std::size_t size = sizeof("0, RTX 5070 Ti, 12227\n1, RTX 2080 Super, 8192\n") - 1;
  EXPECT_EQ(detect("", std::chrono::seconds(10), size).gpus.size(), 2U);
  EXPECT_THAT(detect("", std::chrono::seconds(10), size - 1).failure,
              Optional(HasSubstr("more than")));
}

TEST_F(NvidiaSmi, MuchOnStandardErrorNeitherBlocksItNorMatters) {
  const GpuDetection detection = detect("gpu-flood-stderr");
  EXPECT_EQ(detection.failure, std::nullopt);
  EXPECT_THAT(detection.gpus, ElementsAre(DetectedGpu{0, "RTX 5070 Ti", 12'227}));
}

TEST_F(NvidiaSmi, StandardInputIsEmpty) {
  EXPECT_THAT(detect("gpu-reads-input").gpus, ElementsAre(DetectedGpu{0, "RTX 5070 Ti", 12'227}));
}

TEST_F(NvidiaSmi, ARowWithoutAMemorySizeBesideOneWith) {
  const GpuDetection detection = detect("gpu-mixed");
  EXPECT_THAT(detection.gpus, ElementsAre(DetectedGpu{0, "RTX 5070 Ti", 12'227},
                                          DetectedGpu{1, "A100, MIG 1g", std::nullopt}));
  EXPECT_THAT(detection.warnings, ElementsAre(HasSubstr("[N/A]")));
}

}  // namespace
}  // namespace transcribed::adapters
