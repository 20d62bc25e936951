// ports::ProcessLauncher by keepers: each process tree hangs below a small process of its own that
// ends with it, or with the daemon. See wire/keeper_protocol.h and src/keeper.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "ports/process_launcher.h"

namespace transcribed::adapters {

struct KeeperLauncherOptions {
  std::string keeper_program;    // path of transcribed-keeper
  std::string temporary_folder;  // where private working folders are made; must exist
  std::string data_folder_id;    // marks every launched process; empty: no mark
  // Every keeper holds these open as long as it lives: the lock of the data folder.
  std::vector<int> kept_fds;
  // How many files each may have open by its soft limit, and what it launches; 0: as many as we.
  std::uint64_t open_files = 0;
  // Idle keepers, and empty private folders, beyond this many are let go.
  std::size_t idle_keepers = 8;
  // Variables of the daemon that engines, which read hostile files, have no business with.
  std::vector<std::string> withheld_environment = {"TRANSCRIBED_API_KEY"};
};

// Loop thread. While it lives, io_context::run() does not return by itself. Everything it launched
// is killed when it is destroyed, which waits two seconds at most for that; the io_context must
// outlive it. A Process may outlive it and then does nothing. Sets SIGPIPE to be ignored in this
// process, as an engine may close its standard input at any time.
class KeeperLauncher : public ports::ProcessLauncher {
 public:
  KeeperLauncher(boost::asio::io_context& loop, KeeperLauncherOptions options);
  ~KeeperLauncher() override;

  [[nodiscard]] std::unique_ptr<ports::Process> launch(ports::LaunchSpec spec,
                                                       ports::ProcessEvents events) override;

  // Keepers alive, idle ones included.
  std::size_t keepers() const;

 private:
  class Pool;
  std::shared_ptr<Pool> pool_;
};

}  // namespace transcribed::adapters
