// How processes start and end: statuses, refusals, folder, environment, descriptors, signals.
#include <fcntl.h>
#include <unistd.h>

#include <iterator>
#include <set>

#include <boost/asio/ip/tcp.hpp>

#include "tests/integration/launched.h"

namespace transcribed::adapters {
namespace {

using KeeperStartTest = KeeperTest;

std::ptrdiff_t open_files(pid_t pid) {
  const std::filesystem::directory_iterator files("/proc/" + std::to_string(pid) + "/fd");
  return std::distance(begin(files), end(files));
}

TEST_F(KeeperStartTest, TellsTheExitStatus) {
  for (const int status : {0, 1, 7, 127, 255}) {
    const auto shell = run_shell("exit " + std::to_string(status));
    EXPECT_EQ(shell->end().how, How::exited);
    EXPECT_EQ(shell->end().status, status);
  }
}

TEST_F(KeeperStartTest, TellsExitNineFromSignalNine) {
  const auto exited = run_shell("exit 9");
  EXPECT_EQ(exited->end().how, How::exited);
  const auto killed = run_shell("kill -9 $$");
  EXPECT_EQ(killed->end().how, How::killed);
  EXPECT_EQ(killed->end().status, 9);
}

TEST_F(KeeperStartTest, SaysWhyAProgramDoesNotStart) {
  const TemporaryFolder folder;
  const std::string plain = folder.write("plain", "echo hello\n", 0644);
  const std::string orphan = folder.write("orphan", "#!/no/such/interpreter\n", 0755);
  const auto message_of = [&](ports::LaunchSpec spec) {
    const auto launched = launch(std::move(spec));
    EXPECT_TRUE(launched->ends.empty());  // never from inside launch()
    run_to_end(*launched);
    EXPECT_EQ(launched->end().how, How::not_started);
    return launched->end().message;
  };
  EXPECT_EQ(message_of({.argv = {"no-such-program"}}),
            "cannot start no-such-program: No such file or directory");
  EXPECT_EQ(message_of({.argv = {"/no/such"}}), "cannot start /no/such: No such file or directory");
  EXPECT_EQ(message_of({.argv = {plain}}), "cannot start " + plain + ": Permission denied");
  EXPECT_EQ(message_of({.argv = {"/tmp"}}), "cannot start /tmp: Permission denied");
  EXPECT_EQ(message_of({.argv = {orphan}}),
            "cannot start " + orphan + ": the interpreter that it names does not exist");
  EXPECT_EQ(message_of({.argv = {"true"}, .working_folder = "/no/such"}),
            "cannot start true: its working folder /no/such: No such file or directory");
  EXPECT_EQ(message_of({}), "cannot start a process: no program is named");
  EXPECT_EQ(message_of({.argv = {"true", std::string("a\0b", 3)}}),
            "cannot start true: an argument or variable holds a NUL character");
  EXPECT_EQ(message_of({.argv = {"true", std::string(200'000, 'x')}}),
            "cannot start true: Argument list too long");
  EXPECT_THAT(message_of({.argv = {"true", std::string(9 << 20, 'x')}}),
              ::testing::HasSubstr("the limit is 8388608"));
  EXPECT_EQ(launcher_->keepers(), 1U);
  run_until([&] { return folders_.holds_nothing(); });
}

TEST_F(KeeperStartTest, SaysThatTheKeeperIsMissing) {
  KeeperLauncherOptions broken = options();
  broken.keeper_program = "/no/keeper";
  restart(broken);
  const auto launched = run_shell("true");
  EXPECT_EQ(launched->end().how, How::not_started);
  EXPECT_THAT(launched->end().message, ::testing::HasSubstr("cannot start the keeper /no/keeper"));
  EXPECT_TRUE(folders_.holds_nothing());
}

TEST_F(KeeperStartTest, RunsAScriptWithoutAFirstLineLikeAShellDoes) {
  const TemporaryFolder folder;
  const std::string script = folder.write("script", "echo \"got $1\"\n", 0755);
  const auto launched = launch({.argv = {script, "word"}});
  run_to_end(*launched);
  EXPECT_EQ(launched->out, "got word\n");
}

TEST_F(KeeperStartTest, LooksProgramsUpOnThePathOfTheNewEnvironment) {
  const TemporaryFolder folder;
  folder.write("only-here", "#!/bin/sh\necho found\n", 0755);
  const auto launched =
      launch({.argv = {"only-here"}, .environment = {"PATH=/no/such:" + folder.path()}});
  run_to_end(*launched);
  EXPECT_EQ(launched->out, "found\n");
}

TEST_F(KeeperStartTest, PassesArgumentsAndEnvironmentLongerThanAPacket) {
  ports::LaunchSpec spec;
  spec.argv = {"sh", "-c", "echo $# ${#1} ${#LONG}", "sh"};
  for (int i = 0; i < 8; ++i) spec.argv.emplace_back(100'000, 'x');
  for (int i = 0; i < 4000; ++i) spec.argv.emplace_back("y");
  spec.environment = {"LONG=" + std::string(120'000, 'z')};
  const auto launched = launch(spec);
  run_to_end(*launched);
  EXPECT_EQ(launched->out, "4008 100000 120000\n");
}

TEST_F(KeeperStartTest, AddsToTheEnvironmentAndTheLastWins) {
  ::setenv("KEEPER_TEST_INHERITED", "inherited", 1);
  ::setenv("KEEPER_TEST_OVERRIDDEN", "old", 1);
  ::setenv("TRANSCRIBED_API_KEY", "secret", 1);
  restart();
  ports::LaunchSpec spec;
  spec.argv = {"env"};
  spec.environment = {"KEEPER_TEST_OVERRIDDEN=first", "EMPTY=", "KEEPER_TEST_OVERRIDDEN=last"};
  const auto launched = launch(spec);
  run_to_end(*launched);
  const std::string lines = "\n" + launched->out;
  EXPECT_THAT(lines, ::testing::HasSubstr("\nKEEPER_TEST_INHERITED=inherited\n"));
  EXPECT_THAT(lines, ::testing::HasSubstr("\nKEEPER_TEST_OVERRIDDEN=last\n"));
  EXPECT_THAT(lines, ::testing::HasSubstr("\nEMPTY=\n"));
  EXPECT_THAT(lines, ::testing::HasSubstr("\nTRANSCRIBED_DATA_FOLDER_ID=" + id_ + "\n"));
  EXPECT_THAT(lines, ::testing::Not(::testing::HasSubstr("secret")));
  EXPECT_THAT(lines, ::testing::Not(::testing::HasSubstr("OVERRIDDEN=old")));
  EXPECT_THAT(lines, ::testing::Not(::testing::HasSubstr("OVERRIDDEN=first")));
}

TEST_F(KeeperStartTest, GivesAPrivateFolderAndRemovesItWithAllThatIsInIt) {
  const auto launched = run_shell("pwd; stat -c %a .; mkdir -p a/b; echo x >a/b/c; chmod 0 a/b a");
  const std::string folder = launched->out.substr(0, launched->out.find('\n'));
  EXPECT_EQ(std::filesystem::path(folder).parent_path(),
            std::filesystem::canonical(folders_.path()));
  EXPECT_THAT(launched->out, ::testing::EndsWith("\n700\n"));
  run_until([&] { return !std::filesystem::exists(folder); });
  EXPECT_TRUE(folders_.empty());
}

TEST_F(KeeperStartTest, OnlyAFolderLeftAsItWasServesAgain) {
  const auto folder_of = [&](const std::string& script) {
    const auto launched = run_shell("pwd; ls -A; stat -c %a .; " + script);
    EXPECT_THAT(launched->out, ::testing::EndsWith("\n700\n"));
    return launched->out.substr(0, launched->out.find('\n'));
  };
  const std::string first = folder_of("touch file; rm file");
  EXPECT_EQ(folder_of("chmod 755 ."), first);
  EXPECT_FALSE(std::filesystem::exists(first));
  const std::string second = folder_of("touch .hidden");
  EXPECT_NE(second, first);
  run_until([&] { return !std::filesystem::exists(second); });
  const std::string third = folder_of("rmdir ../\"${PWD##*/}\"");
  EXPECT_FALSE(std::filesystem::exists(third));
  EXPECT_NE(folder_of("true"), third);
  launcher_.reset();
  EXPECT_TRUE(folders_.empty());
}

TEST_F(KeeperStartTest, StaleFoldersAreRemovedAndNothingElse) {
  std::filesystem::create_directories(folders_.path() + "/work-abc/deep");
  std::filesystem::create_directories(folders_.path() + "/other");
  std::filesystem::create_directory_symlink(folders_.path() + "/other",
                                            folders_.path() + "/work-abc/link");
  folders_.write("other/file", "x", 0644);
  remove_stale_folders(folders_.path());
  EXPECT_FALSE(std::filesystem::exists(folders_.path() + "/work-abc"));
  EXPECT_TRUE(std::filesystem::exists(folders_.path() + "/other/file"));
}

TEST_F(KeeperStartTest, UsesTheWorkingFolderGivenAndLeavesIt) {
  const TemporaryFolder folder;
  const auto launched =
      launch({.argv = {"sh", "-c", "touch made; pwd"}, .working_folder = folder.path()});
  run_to_end(*launched);
  EXPECT_EQ(launched->out, std::filesystem::canonical(folder.path()).string() + "\n");
  EXPECT_TRUE(std::filesystem::exists(folder.path() + "/made"));
  EXPECT_TRUE(folders_.holds_nothing());
}

TEST_F(KeeperStartTest, BringsTheResultFile) {
  const auto result_of = [&](const std::string& script) {
    ports::LaunchSpec spec;
    spec.argv = {"sh", "-c", script, "sh", "{result_file}"};
    spec.result_file = "result.txt";
    const auto launched = launch(spec);
    run_to_end(*launched);
    run_until([&] { return folders_.holds_nothing(); });
    return launched->end().result;
  };
  EXPECT_EQ(result_of("printf small >\"$1\""), "small");
  EXPECT_EQ(result_of("printf small >result.txt; touch other"), "small");
  EXPECT_EQ(result_of("true"), std::nullopt);
  EXPECT_EQ(result_of("ln -s /etc/passwd \"$1\""), std::nullopt);
  EXPECT_EQ(result_of("mkfifo \"$1\""), std::nullopt);
  const auto large = result_of("head -c 5000000 /dev/zero >\"$1\"");
  ASSERT_TRUE(large.has_value());
  EXPECT_EQ(large->size(), 5'000'000U);
}

TEST_F(KeeperStartTest, AProcessSeesOnlyItsThreeDescriptors) {
  // Descriptors as other code leaves them: inheritable.
  std::vector<int> leaked;
  for (int i = 0; i < 20; ++i) leaked.push_back(::open("/dev/null", O_RDONLY));
  const boost::asio::ip::tcp::acceptor acceptor(loop_,
                                                {boost::asio::ip::address_v4::loopback(), 0});
  const std::string script =
      "i=0; while [ $i -lt 300 ]; do [ -e /proc/$$/fd/$i ] && echo $i; i=$((i+1)); done; "
      "readlink /proc/$$/fd/0";
  // Twice: the second in a keeper that has run one before.
  EXPECT_EQ(run_shell(script)->out, "0\n1\n2\n/dev/null\n");
  EXPECT_EQ(run_shell(script)->out, "0\n1\n2\n/dev/null\n");
  for (const int fd : leaked) ::close(fd);
}

TEST_F(KeeperStartTest, AProcessStartsWithCleanSignalsAndASessionOfItsOwn) {
  const auto launched =
      run_shell("grep -E '^Sig(Blk|Ign)' /proc/self/status; cut -d' ' -f6 /proc/$$/stat; echo $$");
  EXPECT_THAT(launched->out, ::testing::StartsWith("SigBlk:\t0000000000000000\n"
                                                   "SigIgn:\t0000000000000000\n"));
  std::istringstream rest(launched->out.substr(launched->out.find("SigIgn")));
  std::string ignored;
  pid_t session = 0, own = 1;
  rest >> ignored >> ignored >> session >> own;
  EXPECT_EQ(session, own);
}

TEST_F(KeeperStartTest, AProcessIsEndedBeforeTheDaemonWhenMemoryRunsOut) {
  const auto launched = run_shell("cat /proc/self/oom_score_adj");
  int own = 0;
  std::ifstream("/proc/self/oom_score_adj") >> own;
  EXPECT_GE(std::stoi(launched->out), 500);
  EXPECT_GT(std::stoi(launched->out), own);
}

TEST_F(KeeperStartTest, TwoHundredInQuickSuccessionShareFiveKeepers) {
  int ended = 0;
  int started = 0;
  std::vector<std::unique_ptr<ports::Process>> processes;
  std::set<pid_t> keepers;
  std::function<void()> next = [&] {
    if (started == 200) return;
    ++started;
    processes.push_back(launcher_->launch(
        {.argv = {"true"}},
        {.on_stdout = {}, .on_stderr = {}, .on_end = [&](const ports::ProcessEnd& end) {
           EXPECT_EQ(end.how, How::exited);
           EXPECT_EQ(end.status, 0);
           ++ended;
           next();
         }}));
    keepers.insert(processes.back()->root());
  };
  for (int i = 0; i < 5; ++i) next();
  run_until([&] { return ended == 200; });
  EXPECT_EQ(launcher_->keepers(), 5U);
  EXPECT_EQ(keepers.size(), 5U);
  // A keeper closes a job's pipes just after it has told the end.
  for (const pid_t keeper : keepers) {
    run_until([&] { return open_files(keeper) == 4; });  // /dev/null three times and its socket
  }
  const std::ptrdiff_t ours = open_files(::getpid());
  EXPECT_EQ(run_shell("exit 1")->end().status, 1);
  EXPECT_EQ(open_files(::getpid()), ours);
  EXPECT_TRUE(folders_.holds_nothing());
}

TEST_F(KeeperStartTest, IdleKeepersBeyondTheLimitAreLetGo) {
  KeeperLauncherOptions few = options();
  few.idle_keepers = 2;
  restart(few);
  std::vector<std::unique_ptr<Launched>> all;
  for (int i = 0; i < 6; ++i) all.push_back(launch_shell("read word", true));
  EXPECT_EQ(launcher_->keepers(), 6U);
  for (auto& launched : all) launched->process->write("go\n");
  for (auto& launched : all) run_to_end(*launched);
  run_until([&] { return launcher_->keepers() == 2; });
  const auto after = run_shell("exit 3");
  EXPECT_EQ(after->end().status, 3);
}

}  // namespace
}  // namespace transcribed::adapters
