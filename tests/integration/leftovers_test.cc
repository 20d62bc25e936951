#include "adapters/leftovers.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/integration/launched.h"

namespace transcribed::adapters {
namespace {

// `sleep` with exactly these variables.
pid_t start_sleeper(std::vector<std::string> variables) {
  std::string name = "sleep", time = "300";
  char* const argv[] = {name.data(), time.data(), nullptr};
  std::vector<char*> environment;
  for (std::string& line : variables) environment.push_back(line.data());
  environment.push_back(nullptr);
  pid_t pid = 0;
  EXPECT_EQ(::posix_spawnp(&pid, "sleep", nullptr, nullptr, argv, environment.data()), 0);
  return pid;
}

bool still_runs(pid_t pid) { return ::waitpid(pid, nullptr, WNOHANG) == 0; }

TEST(LeftoversTest, KillsWhatCarriesTheMarkAndNothingElse) {
  const std::string id = random_id();
  const std::string mark = std::string(data_folder_variable) + "=" + id;
  const std::string long_line = "LONG=" + std::string(100'000, 'x');
  const std::vector<pid_t> ours = {start_sleeper({mark}), start_sleeper({"A=b", mark}),
                                   start_sleeper({long_line, mark, "A=b"})};
  const std::vector<pid_t> strangers = {
      start_sleeper({}), start_sleeper({mark + "0"}), start_sleeper({"X" + mark}),
      start_sleeper({std::string(data_folder_variable) + "=" + random_id()})};
  const Swept swept = sweep_leftovers(id);
  EXPECT_EQ(swept.killed, 3);
  EXPECT_EQ(swept.remaining, 0);
  for (const pid_t pid : ours) EXPECT_FALSE(still_runs(pid));
  for (const pid_t pid : strangers) {
    EXPECT_TRUE(still_runs(pid));
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  }
  EXPECT_EQ(sweep_leftovers(id).killed, 0);
}

}  // namespace
}  // namespace transcribed::adapters
