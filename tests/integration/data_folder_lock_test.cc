#include "adapters/data_folder_lock.h"

#include <unistd.h>

#include <future>

#include "tests/integration/launched.h"

namespace transcribed::adapters {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(DataFolderLockTest, OneAtATimeAndTheSecondIsToldWho) {
  const TemporaryFolder folder;
  const auto first = DataFolderLock::take(folder.path(), seconds(0), {});
  ASSERT_TRUE(first.has_value());
  std::vector<std::string> told;
  const auto second = DataFolderLock::take(folder.path(), milliseconds(100),
                                           [&](std::string_view text) { told.emplace_back(text); });
  ASSERT_FALSE(second.has_value());
  const std::string sentence = "data folder " + folder.path() + " is in use by transcribed, pid " +
                               std::to_string(::getpid());
  EXPECT_EQ(second.error(), sentence);
  EXPECT_EQ(told, std::vector<std::string>{sentence + "; waiting for it"});
}

TEST(DataFolderLockTest, WaitsForTheOneBefore) {
  const TemporaryFolder folder;
  auto first = DataFolderLock::take(folder.path(), seconds(0), {});
  ASSERT_TRUE(first.has_value());
  std::promise<void> waiting;
  auto second = std::async(std::launch::async, [&] {
    return DataFolderLock::take(folder.path(), seconds(20),
                                [&](std::string_view) { waiting.set_value(); });
  });
  waiting.get_future().wait();
  first = tl::unexpected(std::string());  // let go
  EXPECT_TRUE(second.get().has_value());
}

TEST(DataFolderLockTest, KeepsTheFoldersIdButNotInACopy) {
  const TemporaryFolder folder, copy;
  std::string id;
  {
    const auto lock = DataFolderLock::take(folder.path(), seconds(0), {});
    ASSERT_TRUE(lock.has_value());
    id = lock->folder_id();
    EXPECT_EQ(id.size(), 32U);
  }
  const auto again = DataFolderLock::take(folder.path(), seconds(0), {});
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->folder_id(), id);
  std::filesystem::copy(folder.path(), copy.path());
  const auto copied = DataFolderLock::take(copy.path(), seconds(0), {});
  ASSERT_TRUE(copied.has_value());
  EXPECT_NE(copied->folder_id(), id);
}

TEST(DataFolderLockTest, SaysWhatIsWrongWithTheFolder) {
  const auto lock = DataFolderLock::take("/no/such", seconds(0), {});
  ASSERT_FALSE(lock.has_value());
  EXPECT_EQ(lock.error(), "cannot open /no/such/lock: No such file or directory");
}

}  // namespace
}  // namespace transcribed::adapters
