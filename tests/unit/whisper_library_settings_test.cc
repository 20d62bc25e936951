// The environment that ggml and CUDA are given.
#include "whisper/library_settings.h"

#include <cstdlib>

#include <gtest/gtest.h>

namespace transcribed::whisper {
namespace {

class LibrarySettings : public ::testing::Test {
 protected:
  void SetUp() override { forget(); }
  void TearDown() override { forget(); }
  static void forget() {
    for (const char* name : {"GGML_NO_BACKTRACE", "GGML_CUDA_PDL", "CUBLAS_WORKSPACE_CONFIG"}) {
      ::unsetenv(name);
    }
  }
};

TEST_F(LibrarySettings, AreThoseWithWhichJobsSideBySideHearTheSameAsAlone) {
  set_library_environment();
  EXPECT_STREQ(std::getenv("GGML_CUDA_PDL"), "0");
  EXPECT_STREQ(std::getenv("CUBLAS_WORKSPACE_CONFIG"), ":4096:1");
  EXPECT_STREQ(std::getenv("GGML_NO_BACKTRACE"), "1");
}

TEST_F(LibrarySettings, LeaveWhatIsSetAlready) {
  ::setenv("GGML_CUDA_PDL", "1", 1);
  ::setenv("CUBLAS_WORKSPACE_CONFIG", ":16:8", 1);
  set_library_environment();
  EXPECT_STREQ(std::getenv("GGML_CUDA_PDL"), "1");
  EXPECT_STREQ(std::getenv("CUBLAS_WORKSPACE_CONFIG"), ":16:8");
}

}  // namespace
}  // namespace transcribed::whisper
