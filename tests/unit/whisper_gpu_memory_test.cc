// What a backend takes beside libwhisper's buffers, and the sentence when there is too little.
#include "whisper/gpu_memory.h"

#include <gtest/gtest.h>

namespace transcribed::whisper {
namespace {

constexpr std::int64_t mb = core::bytes_per_mb;

TEST(BackendOverhead, OfCudaCoversWhatWasSeenForAProcessAndForAJob) {
  EXPECT_GE(overhead_of("CUDA").process_mb, 632);
  EXPECT_GE(overhead_of("CUDA").state_mb, 52);
}

TEST(BackendOverhead, IsReckonedForNoOtherBackend) {
  for (const char* backend : {"Vulkan", "ROCm", "CPU", ""}) {
    EXPECT_EQ(overhead_of(backend).process_mb, 0) << backend;
    EXPECT_EQ(overhead_of(backend).state_mb, 0) << backend;
  }
}

TEST(NoMemoryOnGpu, SaysWhatIsNeededAndWhatIsFree) {
  EXPECT_EQ(no_memory_on_gpu("the model m.bin", "card (CUDA)", 1613 * mb, 1400 * mb, 143100 * mb),
            "No memory for the model m.bin on card (CUDA): 1.6 GB needed, 1.4 GB of 143.1 GB "
            "free.");
}

TEST(NoMemoryOnGpu, TellsNoFiguresThatTheDriverDoesNotTell) {
  EXPECT_EQ(no_memory_on_gpu("the model m.bin", "card (CUDA)", 1613 * mb, 0, 0),
            "No memory for the model m.bin on card (CUDA): 1.6 GB needed, and so little is free "
            "that the driver does not even say how much.");
}

}  // namespace
}  // namespace transcribed::whisper
