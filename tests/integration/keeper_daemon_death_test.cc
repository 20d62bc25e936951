// The daemon is killed with -9: no process survives, and the data folder is locked until then.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "adapters/data_folder_lock.h"
#include "tests/integration/launched.h"
#include "tests/integration/waiting.h"

namespace transcribed::adapters {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class DaemonDeathTest : public ::testing::Test {
 protected:
  void SetUp() override {
    int output[2];
    ASSERT_EQ(::pipe2(output, O_CLOEXEC), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, output[1], 1);
    std::string program = DRIVER_PROGRAM, folder = folder_.path(), keeper = KEEPER_PROGRAM;
    char* const argv[] = {program.data(), folder.data(), keeper.data(), nullptr};
    ASSERT_EQ(::posix_spawn(&daemon_, program.c_str(), &actions, nullptr, argv, ::environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    ::close(output[1]);
    FILE* const lines = ::fdopen(output[0], "r");
    char kind[16];
    pid_t pid = 0;
    while (trees_.size() + keepers_.size() < 9 && std::fscanf(lines, "%15s %d", kind, &pid) == 2) {
      (std::string(kind) == "keeper" ? keepers_ : trees_).push_back(pid);
    }
    std::fclose(lines);
    ASSERT_EQ(keepers_.size(), 3U);
    ASSERT_EQ(trees_.size(), 6U);
  }
  void TearDown() override {
    if (daemon_ > 0) kill_daemon();
  }
  void kill_daemon() {
    ::kill(daemon_, SIGKILL);
    ::waitpid(daemon_, nullptr, 0);
    daemon_ = 0;
  }

  TemporaryFolder folder_;
  pid_t daemon_ = 0;
  std::vector<pid_t> keepers_, trees_;
};

TEST_F(DaemonDeathTest, NothingSurvivesAndTheLockTellsWhen) {
  for (const pid_t pid : trees_) EXPECT_FALSE(is_gone(pid));
  kill_daemon();
  const auto lock = DataFolderLock::take(folder_.path(), seconds(20), {});
  ASSERT_TRUE(lock.has_value()) << lock.error();
  for (const pid_t pid : trees_) EXPECT_TRUE(is_gone(pid)) << pid;
}

TEST_F(DaemonDeathTest, TheLockIsHeldWhileAKeeperStillEndsItsTree) {
  const pid_t old_daemon = daemon_;
  ASSERT_EQ(::kill(keepers_[1], SIGSTOP), 0);
  kill_daemon();
  const auto refused = DataFolderLock::take(folder_.path(), milliseconds(200), {});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error(), "data folder " + folder_.path() + " is in use: transcribed, pid " +
                                 std::to_string(old_daemon) +
                                 ", has ended, but engines it started are still being ended");
  ASSERT_EQ(::kill(keepers_[1], SIGCONT), 0);
  const auto lock = DataFolderLock::take(folder_.path(), seconds(20), {});
  ASSERT_TRUE(lock.has_value()) << lock.error();
  for (const pid_t pid : trees_) EXPECT_TRUE(is_gone(pid)) << pid;
}

TEST_F(DaemonDeathTest, ASweepFindsNothingWhereTheKeepersDidTheirWork) {
  kill_daemon();
  const auto lock = DataFolderLock::take(folder_.path(), seconds(20), {});
  ASSERT_TRUE(lock.has_value()) << lock.error();
  EXPECT_EQ(sweep_leftovers(lock->folder_id()).killed, 0);
}

TEST_F(DaemonDeathTest, ASweepFindsWhatDaemonAndKilledKeepersLeft) {
  // A process in another session that has kept its environment, and whose keeper dies with -9,
  // survives until it is swept. The driver's own such processes cleared it, so ours stands in.
  kill_daemon();
  const auto lock = DataFolderLock::take(folder_.path(), seconds(20), {});
  ASSERT_TRUE(lock.has_value()) << lock.error();
  const std::string mark = std::string(data_folder_variable) + "=" + lock->folder_id();
  std::string name = "sleep", time = "300", line = mark;
  char* const argv[] = {name.data(), time.data(), nullptr};
  char* const environment[] = {line.data(), nullptr};
  pid_t pid = 0;
  ASSERT_EQ(::posix_spawnp(&pid, "sleep", nullptr, nullptr, argv, environment), 0);
  // posix_spawn returns once the new program is there, a moment before its environment can be read.
  ASSERT_TRUE(tests::eventually([pid] {
    std::ifstream file("/proc/" + std::to_string(pid) + "/environ");
    return file.peek() != std::ifstream::traits_type::eof();
  }));
  EXPECT_EQ(sweep_leftovers(lock->folder_id()).killed, 1);
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_EQ(WTERMSIG(status), SIGKILL);
}

}  // namespace
}  // namespace transcribed::adapters
