// On which of several Vulkan devices the engine whisper really computes: with Mesa's software
// device shown to ggml twice, for want of two cards.
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/spoken_words.h"

namespace transcribed::tests {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* software_device = "/usr/share/vulkan/icd.d/lvp_icd.x86_64.json";

class WhisperDevices : public WhisperTest {
 protected:
  void SetUp() override {
    WhisperTest::SetUp();
    if (IsSkipped()) return;
#ifdef TRANSCRIBED_SANITIZED
    GTEST_SKIP() << "Mesa's software device is not made for the sanitizers.";
#endif
    if (!std::filesystem::exists(software_device)) {
      GTEST_SKIP() << "Mesa's software device for Vulkan (mesa-vulkan-drivers) is not installed.";
    }
  }

  // What the engine logs until it is ready on the GPU with this number of nvidia-smi's. Empty: it
  // is on another device than the software's.
  std::string log_on_gpu(const std::string& number) {
    const std::string log = folder_.path("log-" + number);
    WorkerProcess worker({"/bin/sh", "-c",
                          "exec env VK_ICD_FILENAMES=" + std::string(software_device) +
                              " GGML_VK_VISIBLE_DEVICES=0,0 CUDA_VISIBLE_DEVICES=" + number +
                              " TRANSCRIBED_GPU_PCI_ADDRESS=0000:02:00.0 '" + engine() + "' 2>'" +
                              log + "'"});
    wire::Load load = load_of(micro());
    load.device = "gpu:0";
    worker.send(load);
    const auto reply = worker.next();
    const auto* ready = reply ? std::get_if<wire::Ready>(&*reply) : nullptr;
    if (ready == nullptr) {
      ADD_FAILURE() << (reply ? wire::to_line(*reply) : "no answer");
      return "";
    }
    if (ready->device.find("llvmpipe") == std::string::npos) return "";
    EXPECT_GT(ready->vram_mb, 0);
    std::ifstream file(log);
    return {std::istreambuf_iterator<char>(file), {}};
  }
};

TEST_F(WhisperDevices, TheSecondOfTwoIsReallyUsed) {
  const std::string on_first = log_on_gpu("0");
  if (on_first.empty()) GTEST_SKIP() << "ggml does not take Mesa's software device here.";
  // The software device has no PCI address, so the choice is a guess.
  constexpr const char* guess = "WARN: ggml does not know the PCI addresses of its 2 GPUs";
  EXPECT_THAT(on_first, AllOf(HasSubstr(guess), HasSubstr("takes number 0"),
                              Not(HasSubstr("WARN: libwhisper computes on"))));
  EXPECT_THAT(log_on_gpu("1"), AllOf(HasSubstr(guess), HasSubstr("takes number 1"),
                                     Not(HasSubstr("WARN: libwhisper computes on"))));
}

}  // namespace
}  // namespace transcribed::tests
