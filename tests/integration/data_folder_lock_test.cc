#include "adapters/data_folder_lock.h"

#include <unistd.h>

#include <future>

#include "tests/integration/launched.h"

namespace transcribed::adapters {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::string in_use(const TemporaryFolder& folder) {
  return "data folder " + folder.path() + " is in use by transcribed, pid " +
         std::to_string(::getpid());
}

TEST(DataFolderLockTest, OneThatIsThereToStayIsNotWaitedFor) {
  const TemporaryFolder folder;
  const auto first = DataFolderLock::take(folder.path(), seconds(0), {});
  ASSERT_TRUE(first.has_value());
  // A limit so long that a wait would be seen.
  const auto second =
      DataFolderLock::take(folder.path(), std::chrono::hours(24),
                           [](std::string_view text) { ADD_FAILURE() << "waits: " << text; });
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error(),
            in_use(folder) + "; stop that one, or name another folder with --data-dir");
}

TEST(DataFolderLockTest, OneThatLeavesIsWaitedForAndNamed) {
  const TemporaryFolder folder;
  auto first = DataFolderLock::take(folder.path(), seconds(0), {});
  ASSERT_TRUE(first.has_value());
  first->leaving();
  std::vector<std::string> told;
  const auto second = DataFolderLock::take(folder.path(), milliseconds(100),
                                           [&](std::string_view text) { told.emplace_back(text); });
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error(), in_use(folder));
  EXPECT_EQ(told, std::vector<std::string>{in_use(folder) + "; waiting for it"});
}

TEST(DataFolderLockTest, WhoWaitedHasItOnceTheOneBeforeIsGone) {
  const TemporaryFolder folder;
  auto first = DataFolderLock::take(folder.path(), seconds(0), {});
  ASSERT_TRUE(first.has_value());
  first->leaving();
  std::promise<void> waiting;
  auto second = std::async(std::launch::async, [&] {
    return DataFolderLock::take(folder.path(), std::chrono::hours(24),
                                [&](std::string_view) { waiting.set_value(); });
  });
  waiting.get_future().wait();
  first = tl::unexpected(std::string());  // let go
  EXPECT_TRUE(second.get().has_value());
}

// A keeper that outlives its daemon holds the lock, but is not there to stay.
TEST(DataFolderLockTest, WhatOnlyInheritedItIsWaitedFor) {
  const TemporaryFolder folder;
  auto first = DataFolderLock::take(folder.path(), seconds(0), {});
  ASSERT_TRUE(first.has_value());
  const FileDescriptor inherited(::dup(first->fd()));
  first = tl::unexpected(std::string());
  bool waited = false;
  const auto second = DataFolderLock::take(folder.path(), milliseconds(100),
                                           [&](std::string_view) { waited = true; });
  EXPECT_FALSE(second.has_value());
  EXPECT_TRUE(waited);
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
