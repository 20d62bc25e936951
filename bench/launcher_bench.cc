// Processes through KeeperLauncher against the floor: posix_spawn and waitpid in a loop.
//
// Two questions, each asked of both in turns within one run: how many `true` a second through N
// slots, and how long from a process's last instruction to the first of the one that takes its
// slot. The launcher makes a private folder and two pipes for each, as for a command engine.
//
//   launcher_bench [jobs a round, 2000] [rounds, 5]
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>
#include <boost/asio/io_context.hpp>

#include "adapters/keeper_launcher.h"

namespace transcribed {
namespace {

using Clock = std::chrono::steady_clock;

// argv of job number i.
using Job = std::function<std::vector<std::string>(int)>;
// Whom job number i followed in its slot; -1 for the first of a slot.
using Predecessors = std::vector<int>;

pid_t spawn(std::vector<std::string> argv) {
  std::vector<char*> pointers;
  for (std::string& word : argv) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  pid_t pid = 0;
  if (::posix_spawnp(&pid, pointers[0], nullptr, nullptr, pointers.data(), ::environ) != 0) {
    std::perror("posix_spawn");
    std::exit(1);
  }
  return pid;
}

double run_floor(const Job& job, int jobs, int slots, Predecessors& predecessors) {
  predecessors.assign(static_cast<std::size_t>(jobs), -1);
  std::unordered_map<pid_t, int> running;
  const auto begun = Clock::now();
  int started = 0;
  for (; started < slots; ++started) running[spawn(job(started))] = started;
  for (int ended = 0; ended < jobs; ++ended) {
    const pid_t pid = ::waitpid(-1, nullptr, 0);
    const int was = running[pid];
    running.erase(pid);
    if (started == jobs) continue;
    predecessors[static_cast<std::size_t>(started)] = was;
    running[spawn(job(started))] = started;
    ++started;
  }
  return jobs / std::chrono::duration<double>(Clock::now() - begun).count();
}

double run_launcher(const Job& job, int jobs, int slots, Predecessors& predecessors,
                    boost::asio::io_context& loop, adapters::KeeperLauncher& launcher) {
  predecessors.assign(static_cast<std::size_t>(jobs), -1);
  std::vector<std::unique_ptr<ports::Process>> running(static_cast<std::size_t>(slots));
  int started = 0;
  int ended = 0;
  std::function<void(int, int)> start = [&](int slot, int predecessor) {
    const int number = started++;
    predecessors[static_cast<std::size_t>(number)] = predecessor;
    running[static_cast<std::size_t>(slot)] = launcher.launch(
        {.argv = job(number)}, {.on_stdout = {},
                                .on_stderr = {},
                                .on_end = [&, slot, number](const ports::ProcessEnd& end) {
                                  if (end.status != 0) std::exit(1);
                                  ++ended;
                                  if (started < jobs) start(slot, number);
                                }});
  };
  const auto begun = Clock::now();
  for (int slot = 0; slot < slots; ++slot) start(slot, -1);
  while (ended < jobs) loop.run_one();
  return jobs / std::chrono::duration<double>(Clock::now() - begun).count();
}

double percentile(std::vector<double>& values, double share) {
  std::sort(values.begin(), values.end());
  return values.at(static_cast<std::size_t>(share * static_cast<double>(values.size() - 1)));
}

// Microseconds from the end of each predecessor to the start of its successor.
void add_gaps(const std::string& file, const Predecessors& predecessors,
              std::vector<double>& gaps) {
  std::vector<std::int64_t> stamps(predecessors.size() * 2);
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  const auto bytes = static_cast<ssize_t>(stamps.size() * sizeof(stamps[0]));
  if (::pread(fd, stamps.data(), static_cast<std::size_t>(bytes), 0) != bytes) std::exit(1);
  ::close(fd);
  for (std::size_t i = 0; i < predecessors.size(); ++i) {
    if (predecessors[i] < 0) continue;
    const auto ended = stamps[static_cast<std::size_t>(predecessors[i]) * 2 + 1];
    gaps.push_back(static_cast<double>(stamps[i * 2] - ended) / 1000.0);
  }
}

int run(int jobs, int rounds) {
  std::string folder = std::filesystem::temp_directory_path() / "launcher-bench-XXXXXX";
  if (::mkdtemp(folder.data()) == nullptr) return 1;
  {
    boost::asio::io_context loop(1);
    adapters::KeeperLauncher launcher(loop, {.keeper_program = KEEPER_PROGRAM,
                                             .temporary_folder = folder,
                                             .data_folder_id = "bench",
                                             .kept_fds = {}});
    const std::string stamps = folder + "/stamps";
    std::fclose(std::fopen(stamps.c_str(), "w"));
    const Job nothing = [](int) { return std::vector<std::string>{"true"}; };
    const Job stamp = [&](int i) {
      return std::vector<std::string>{STAMP_PROGRAM, stamps, std::to_string(i)};
    };
    fmt::print("{:<6} {:<34} {:>10} {:>10} {:>7}\n", "slots", "measure", "floor", "launcher",
               "ratio");
    for (const int slots : {1, 5}) {
      std::vector<double> floor_rates, launcher_rates, ratios, floor_gaps, launcher_gaps;
      Predecessors before;
      run_launcher(nothing, 100, slots, before, loop, launcher);  // keepers are there from here on
      for (int round = 0; round < rounds; ++round) {
        floor_rates.push_back(run_floor(nothing, jobs, slots, before));
        launcher_rates.push_back(run_launcher(nothing, jobs, slots, before, loop, launcher));
        ratios.push_back(launcher_rates.back() / floor_rates.back());
        run_floor(stamp, jobs, slots, before);
        add_gaps(stamps, before, floor_gaps);
        run_launcher(stamp, jobs, slots, before, loop, launcher);
        add_gaps(stamps, before, launcher_gaps);
      }
      fmt::print("{:<6} {:<34} {:>10.0f} {:>10.0f} {:>7.2f}\n", slots, "`true` a second (median)",
                 percentile(floor_rates, 0.5), percentile(launcher_rates, 0.5),
                 percentile(ratios, 0.5));
      for (const double share : {0.5, 0.99}) {
        const double floor = percentile(floor_gaps, share);
        const double ours = percentile(launcher_gaps, share);
        fmt::print("{:<6} {:<34} {:>10.0f} {:>10.0f} {:>7.2f}\n", slots,
                   fmt::format("end to next start, us (p{:.0f})", share * 100), floor, ours,
                   ours / floor);
      }
    }
  }
  std::filesystem::remove_all(folder);
  return 0;
}

}  // namespace
}  // namespace transcribed

int main(int argc, char** argv) {
  const int jobs = argc > 1 ? std::atoi(argv[1]) : 2000;
  const int rounds = argc > 2 ? std::atoi(argv[2]) : 5;
  return transcribed::run(std::max(jobs, 10), std::max(rounds, 1));
}
