// Process trees end as a whole, whatever they do to get away.
#include "tests/integration/launched.h"

namespace transcribed::adapters {
namespace {

using KeeperTreeTest = KeeperTest;
using std::chrono::milliseconds;
using std::chrono::seconds;

// Prints the numbers of: itself; a child in another session; a grandchild whose parent has gone and
// which has an empty environment, another session and no ear for SIGTERM.
constexpr const char* runaways =
    "echo $$\n"
    "setsid sh -c 'echo $$; exec sleep 300' &\n"
    "setsid sh -c 'env -i sh -c \"trap \\\"\\\" TERM; echo \\$\\$; while :; do sleep 300; done\" "
    "&'\n";

TEST_F(KeeperTreeTest, EndTakesEveryDescendant) {
  const auto launched = launch_shell(std::string(runaways) + "wait; exec sleep 300");
  run_until([&] { return pids_in(launched->out).size() == 3; });
  launched->process->end(milliseconds(100));
  run_to_end(*launched);
  for (const pid_t pid : pids_in(launched->out)) EXPECT_TRUE(is_gone(pid)) << pid;
  expect_none_left();
}

TEST_F(KeeperTreeTest, WhatOutlivesTheFirstProcessIsEndedBeforeTheEndIsTold) {
  const auto launched = launch_shell(std::string(runaways) + "read word; exit 5", true);
  run_until([&] { return pids_in(launched->out).size() == 3; });
  launched->process->write("go\n");
  run_to_end(*launched);
  EXPECT_EQ(launched->end().how, How::exited);
  EXPECT_EQ(launched->end().status, 5);
  for (const pid_t pid : pids_in(launched->out)) EXPECT_TRUE(is_gone(pid)) << pid;
}

TEST_F(KeeperTreeTest, APoliteProcessEndsByItself) {
  const auto launched =
      launch_shell("trap 'echo bye; exit 7' TERM; echo up; while :; do sleep 0.01; done");
  run_until([&] { return launched->out == "up\n"; });
  launched->process->end(seconds(20));
  run_to_end(*launched);
  EXPECT_EQ(launched->end().how, How::exited);
  EXPECT_EQ(launched->end().status, 7);
  EXPECT_EQ(launched->out, "up\nbye\n");
}

TEST_F(KeeperTreeTest, AProcessDeafToSigtermIsKilledAfterTheGrace) {
  const auto launched = launch_shell("trap '' TERM; echo up; while :; do sleep 0.01; done");
  run_until([&] { return launched->out == "up\n"; });
  const auto begun = std::chrono::steady_clock::now();
  launched->process->end(milliseconds(200));
  run_to_end(*launched);
  EXPECT_EQ(launched->end().how, How::killed);
  EXPECT_EQ(launched->end().status, SIGKILL);
  EXPECT_GE(std::chrono::steady_clock::now() - begun, milliseconds(200));
}

TEST_F(KeeperTreeTest, AShorterGraceShortensTheWaitAndALongerDoesNot) {
  const auto launched = launch_shell("trap '' TERM; echo up; while :; do sleep 0.01; done");
  run_until([&] { return launched->out == "up\n"; });
  launched->process->end(std::chrono::hours(1));
  launched->process->end(milliseconds(100));
  launched->process->end(std::chrono::hours(1));
  run_to_end(*launched);
  EXPECT_EQ(launched->end().status, SIGKILL);
}

TEST_F(KeeperTreeTest, AStoppedProcessEndsToo) {
  const auto launched = launch_shell("trap 'exit 4' TERM; echo $$; kill -STOP $$; sleep 300");
  run_until([&] { return launched->out.ends_with("\n"); });
  launched->process->end(seconds(20));
  run_to_end(*launched);
  EXPECT_EQ(launched->end().status, 4);
}

TEST_F(KeeperTreeTest, WhatForksWhileItIsKilledIsGoneAllTheSame) {
  const auto launched = launch_shell(
      "trap '' TERM; i=0; while [ $i -lt 50 ]; do\n"
      "setsid sh -c 'trap \"\" TERM; echo $$; (sleep 300 &); sleep 300' & i=$((i+1)); done; wait");
  run_until([&] { return pids_in(launched->out).size() >= 3; });  // in the middle of it
  launched->process->end(milliseconds(0));
  run_to_end(*launched);
  for (const pid_t pid : pids_in(launched->out)) EXPECT_TRUE(is_gone(pid)) << pid;
  expect_none_left();
}

TEST_F(KeeperTreeTest, DestroyingAProcessKillsItsTree) {
  auto launched = launch_shell(std::string(runaways) + "wait; exec sleep 300");
  run_until([&] { return pids_in(launched->out).size() == 3; });
  const std::vector<pid_t> pids = pids_in(launched->out);
  const pid_t keeper = launched->process->root();
  launched->process.reset();
  run_until([&] { return is_gone(pids[0]) && is_gone(pids[1]) && is_gone(pids[2]); });
  EXPECT_TRUE(launched->ends.empty());
  // The keeper serves again, once it has told that all is gone: with as many launches as
  // keepers one of them is its.
  run_until([&] {
    std::vector<std::unique_ptr<Launched>> all;
    for (std::size_t i = launcher_->keepers(); i > 0; --i) all.push_back(launch_shell("exit 6"));
    bool again = false;
    for (const auto& one : all) {
      again |= one->process->root() == keeper;
      run_to_end(*one);
      if (one->ends.empty() || one->end().status != 6) return false;
    }
    return again;
  });
}

TEST_F(KeeperTreeTest, DestroyingTheLauncherKillsEverything) {
  auto launched = launch_shell(std::string(runaways) + "wait; exec sleep 300");
  run_until([&] { return pids_in(launched->out).size() == 3; });
  launcher_.reset();
  for (const pid_t pid : pids_in(launched->out)) EXPECT_TRUE(is_gone(pid)) << pid;
  EXPECT_TRUE(launched->ends.empty());
  EXPECT_EQ(launched->process->root(), 0);
  launched->process->end(seconds(1));
  launched->process->write("into the void");
}

TEST_F(KeeperTreeTest, TheRootIsAboveTheWholeTree) {
  const auto launched = launch_shell("echo $$; cut -d' ' -f4 /proc/$$/stat; read word", true);
  run_until([&] { return pids_in(launched->out).size() == 2; });
  EXPECT_EQ(launched->process->root(), pids_in(launched->out).at(1));
  launched->process->write("go\n");
  run_to_end(*launched);
  EXPECT_EQ(launched->process->root(), 0);
}

TEST_F(KeeperTreeTest, WhenItsKeeperIsKilledTheTreeDiesAndTheEndIsTold) {
  const auto launched = launch_shell(
      "echo $$; setsid sh -c 'echo $$; (sleep 300 &); exec sleep 300' & wait; exec sleep 300");
  run_until([&] { return pids_in(launched->out).size() == 2; });
  ASSERT_EQ(::kill(launched->process->root(), SIGKILL), 0);
  run_to_end(*launched);
  EXPECT_EQ(launched->end().how, How::killed);
  EXPECT_EQ(launched->end().status, SIGKILL);
  EXPECT_EQ(launched->end().message, "its keeper was killed");
  expect_none_left();
  run_until([&] { return folders_.holds_nothing(); });
  EXPECT_EQ(run_shell("exit 8")->end().status, 8);
}

TEST_F(KeeperTreeTest, TheKeeperIsDeafToWhatATerminalSends) {
  const auto launched = launch_shell("echo up; read word; exit 2", true);
  run_until([&] { return launched->out == "up\n"; });
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGTSTP, SIGUSR1}) {
    ASSERT_EQ(::kill(launched->process->root(), number), 0);
  }
  launched->process->write("go\n");
  run_to_end(*launched);
  EXPECT_EQ(launched->end().status, 2);
}

}  // namespace
}  // namespace transcribed::adapters
