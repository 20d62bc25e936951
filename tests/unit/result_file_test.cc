#include "client/result_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace transcribed::client {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class ResultFile : public testing::Test {
 protected:
  ResultFile() {
    std::string pattern = (fs::temp_directory_path() / "result-file-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~ResultFile() override { fs::remove_all(folder_); }

  std::string content(const fs::path& path) {
    std::ifstream stream(path);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  std::ptrdiff_t entries() {
    return std::distance(fs::directory_iterator(folder_), fs::directory_iterator());
  }

  fs::path folder_;
};

TEST_F(ResultFile, WritesTheWholeAndNothingBeside) {
  EXPECT_EQ(write_result(folder_ / "a.txt", "hello\n", false), std::nullopt);
  EXPECT_EQ(content(folder_ / "a.txt"), "hello\n");
  EXPECT_EQ(entries(), 1);
}

TEST_F(ResultFile, LeavesAFileThatAppearedMeanwhile) {
  std::ofstream(folder_ / "a.txt") << "mine";
  EXPECT_THAT(write_result(folder_ / "a.txt", "new", false).value_or(""),
              HasSubstr("exists by now"));
  EXPECT_EQ(content(folder_ / "a.txt"), "mine");
  EXPECT_EQ(entries(), 1);
  EXPECT_EQ(write_result(folder_ / "a.txt", "new", true), std::nullopt);
  EXPECT_EQ(content(folder_ / "a.txt"), "new");
}

TEST_F(ResultFile, SaysWhereItCouldNotWrite) {
  EXPECT_THAT(write_result(folder_ / "gone/a.txt", "x", false).value_or(""),
              HasSubstr("gone/a.txt: No such file or directory"));
}

TEST_F(ResultFile, TakesNamesAsLongAsTheFileSystemDoes) {
  const fs::path path = folder_ / (std::string(251, 'n') + ".txt");
  EXPECT_EQ(write_result(path, "x", false), std::nullopt);
  EXPECT_EQ(content(path), "x");
}

TEST_F(ResultFile, AFullDeviceIsAnError) {
  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  ASSERT_GE(full, 0);
  EXPECT_EQ(write_all(full, "x"), "No space left on device");
  ::close(full);
}

}  // namespace
}  // namespace transcribed::client
