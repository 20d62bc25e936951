// ports::JobStore on SQLite: a write-ahead log that is on the disk at every commit, one thread that
// writes (many writes, one commit) and one that reads.
#pragma once

#include <memory>
#include <string>

#include <tl/expected.hpp>

#include "ports/job_store.h"
#include "ports/loop_poster.h"

namespace transcribed::adapters {

struct SqliteJobStoreOptions {
  // Writes made durable together, at most.
  int max_batch = 1024;
  // The write-ahead log is copied into the database and starts over at this many pages (4 KiB).
  int checkpoint_pages = 2000;
};

// Opens the database at `path`, or creates it. Blocks. The error is a sentence for the user; a file
// that cannot be used is left as it was. Only one store, in one process, may have it open.
//
// Loop thread only, as the port says. Destroying the store makes everything durable that was asked
// for, and waits for that; callbacks not delivered by then are dropped. `post` is called until the
// destructor returns. What a read finds unreadable (a failing disk) is logged, and reads as
// nothing.
tl::expected<std::unique_ptr<ports::JobStore>, std::string> open_sqlite_job_store(
    const std::string& path, ports::LoopPoster post, SqliteJobStoreOptions options = {});

}  // namespace transcribed::adapters
