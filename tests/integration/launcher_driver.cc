// A daemon in small: locks the data folder argv[1], launches process trees with the keeper argv[2],
// prints their numbers and those of the keepers, and runs until it is killed.
#include <cstdio>
#include <memory>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "adapters/data_folder_lock.h"
#include "adapters/keeper_launcher.h"

int main(int argc, char** argv) {
  using namespace transcribed;
  if (argc != 3) return 2;
  const auto lock = adapters::DataFolderLock::take(argv[1], std::chrono::seconds(0), {});
  if (!lock) return 3;
  boost::asio::io_context loop(1);
  adapters::KeeperLauncher launcher(loop, {.keeper_program = argv[2],
                                           .temporary_folder = argv[1],
                                           .data_folder_id = lock->folder_id(),
                                           .kept_fds = {lock->fd()}});
  std::vector<std::unique_ptr<ports::Process>> processes;
  for (int i = 0; i < 3; ++i) {
    processes.push_back(launcher.launch({.argv = {"sh", "-c",
                                                  "trap '' TERM; echo tree $$; setsid sh -c 'env "
                                                  "-i sh -c \"echo tree \\$\\$; exec sleep "
                                                  "300\" &'; exec sleep 300"}},
                                        {.on_stdout =
                                             [](std::string_view piece) {
                                               std::fwrite(piece.data(), 1, piece.size(), stdout);
                                               std::fflush(stdout);
                                             },
                                         .on_stderr = {},
                                         .on_end = {}}));
    std::printf("keeper %d\n", processes.back()->root());
    std::fflush(stdout);
  }
  loop.run();
}
