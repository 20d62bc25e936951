// ggml passes over a backend that cannot be loaded; the engine says which and why.
#include "whisper/backend_troubles.h"

#include <dlfcn.h>
#include <link.h>

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/temporary_folder.h"

namespace transcribed::whisper {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class BackendTroublesTest : public ::testing::Test {
 protected:
  void write(const std::string& name, const std::string& content) {
    std::ofstream(folder_.path() / name) << content;
  }
  tests::TemporaryFolder folder_;
};

TEST_F(BackendTroublesTest, NamesEachBackendForAGpuThatTheLoaderRefusesAndSaysWhy) {
  write("libggml-vulkan.so", std::string(4096, 'x'));
  write("libggml-cuda.so", "");
  EXPECT_THAT(
      backend_troubles(folder_.path()),
      ElementsAre(
          AllOf(StartsWith("ggml's libggml-cuda.so cannot be loaded: "), HasSubstr("too short")),
          AllOf(StartsWith("ggml's libggml-vulkan.so cannot be loaded: "), HasSubstr("ELF"))));
}

TEST_F(BackendTroublesTest, LeavesOutThoseForTheCpuAndWhatIsNoBackend) {
  write("libggml-cpu-haswell.so", "no library");
  write("README", "no library");
  EXPECT_THAT(backend_troubles(folder_.path()), IsEmpty());
}

TEST_F(BackendTroublesTest, SaysNothingOfOneThatCanBeLoaded) {
  void* library = ::dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);
  link_map* loaded = nullptr;
  ASSERT_NE(library, nullptr);
  ASSERT_EQ(::dlinfo(library, RTLD_DI_LINKMAP, &loaded), 0);
  std::filesystem::create_symlink(loaded->l_name, folder_.path() / "libggml-cuda.so");
  EXPECT_THAT(backend_troubles(folder_.path()), IsEmpty());
}

TEST_F(BackendTroublesTest, AFolderThatIsNotThereHasNone) {
  EXPECT_THAT(backend_troubles(folder_.path() / "missing"), IsEmpty());
}

}  // namespace
}  // namespace transcribed::whisper
