// One daemon a data folder, and not before everything of the last one is gone.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "adapters/file_descriptor.h"

namespace transcribed::adapters {

// The lock is a flock() on DATA/lock. It belongs to the open file, which every keeper inherits
// (give fd() to KeeperLauncher): so it is held until the daemon *and* all its keepers are gone,
// however they went, and who takes it knows that no engine of an earlier daemon runs below a
// keeper. Destroying this closes the daemon's own share. Movable; any thread.
//
// A second lock on the same file, on a byte of its own, is the daemon's alone: while it is held the
// daemon is there to stay, and nobody need wait for it.
class DataFolderLock {
 public:
  // Waits up to `limit` for a daemon that is on its way out; `on_waiting` is told once, with a
  // sentence. One that is there to stay is not waited for. The folder must exist. The error is a
  // sentence: who holds it, or what failed.
  static tl::expected<DataFolderLock, std::string> take(
      const std::string& folder, std::chrono::milliseconds limit,
      const std::function<void(std::string_view)>& on_waiting);

  // This daemon stops: from now on another one waits for it. Once is enough.
  void leaving() { staying_.reset(); }

  int fd() const { return file_.get(); }
  // Made at random the first time and kept in DATA/folder-id; marks what runs for this folder. A
  // copy of the folder gets an id of its own, so that two daemons never sweep each other's engines.
  const std::string& folder_id() const { return folder_id_; }

 private:
  DataFolderLock(FileDescriptor file, FileDescriptor staying, std::string folder_id)
      : file_(std::move(file)), staying_(std::move(staying)), folder_id_(std::move(folder_id)) {}

  FileDescriptor file_;
  FileDescriptor staying_;  // none: it leaves, or the file system has no such locks
  std::string folder_id_;
};

}  // namespace transcribed::adapters
