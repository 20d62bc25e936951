// Everything that only reads the database. One thread at a time; blocks. All throw
// SQLite::Exception.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include "core/job.h"
#include "core/transcript.h"
#include "ports/job_store.h"

namespace transcribed::adapters {

class SqliteReader {
 public:
  // `db` must outlive this.
  explicit SqliteReader(SQLite::Database& db);

  // As in ports::JobStore.
  std::optional<core::Job> read(core::JobId id);
  std::optional<core::Transcript> read_transcript(core::JobId id);
  std::vector<core::Job> list(const ports::ListQuery& query);
  std::vector<core::Job> read_queue(const std::optional<core::QueueKey>& after, int limit);
  std::vector<ports::Delivery> read_deliveries(int limit,
                                               const std::vector<std::string>& but_hosts);
  std::int64_t count_ahead(const core::QueueKey& key);
  std::optional<core::Job> find_same(const std::string& fingerprint, core::WallTime not_before);
  std::vector<core::JobId> find_missing(const std::vector<core::JobId>& ids);

 private:
  SQLite::Statement read_;
  SQLite::Statement read_transcript_;
  SQLite::Statement list_all_;
  SQLite::Statement list_state_;
  SQLite::Statement list_queued_;
  SQLite::Statement list_matching_;
  SQLite::Statement queue_head_;
  SQLite::Statement queue_after_;
  SQLite::Statement count_ahead_;
  SQLite::Statement exists_;
  SQLite::Statement same_;
  SQLite::Statement deliveries_;
};

}  // namespace transcribed::adapters
