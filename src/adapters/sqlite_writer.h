// Everything that changes the database. One thread at a time; blocks.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>

#include "adapters/sqlite_write_ops.h"
#include "ports/job_store.h"

namespace transcribed::adapters {

class SqliteWriter {
 public:
  // `db` must outlive this. `checkpoint_pages`: see checkpoint_if_due(). Throws SQLite::Exception.
  SqliteWriter(SQLite::Database& db, int checkpoint_pages);
  ~SqliteWriter();
  SqliteWriter(const SqliteWriter&) = delete;
  SqliteWriter& operator=(const SqliteWriter&) = delete;

  // Carries out all of them in one transaction: when it returns, what is `ok` is on disk. Results
  // are in the order of `ops`. When the disk fails, nothing was changed and all share that result.
  std::vector<ports::WriteResult> apply(std::span<const WriteOp> ops);
  // The sentence behind the last disk_full or io_error.
  const std::string& last_problem() const { return last_problem_; }

  // As in ports::JobStore. Throws SQLite::Exception.
  ports::StoreSummary recover();

  // Copies the write-ahead log into the database once it has `checkpoint_pages` pages, so that it
  // starts over instead of growing. Apart from apply(), so that nobody waits for it in vain.
  void checkpoint_if_due();

 private:
  struct Batch;  // what apply() keeps while a transaction is open

  void run_transaction(std::span<const WriteOp> ops, Batch& batch);
  void roll_back() noexcept;
  ports::WriteResult to_result(const SQLite::Exception& error) const;
  // `ok` when rows were changed, otherwise why not.
  ports::WriteResult changed_or_why(int rows, core::JobId id);
  bool is_completed(core::JobId id);

  ports::WriteResult run(const InsertJob& op, Batch& batch);
  ports::WriteResult run(const JobFetched& op, Batch& batch);
  ports::WriteResult run(const ArmJob& op, Batch& batch);
  ports::WriteResult run(const JobStarted& op, Batch& batch);
  ports::WriteResult run(const FinishJob& op, Batch& batch);
  ports::WriteResult run(const RequeueJob& op, Batch& batch);
  ports::WriteResult run(const EndQueuedJob& op, Batch& batch);
  ports::WriteResult run(const RetryJob& op, Batch& batch);
  ports::WriteResult run(const MoveJob& op, Batch& batch);
  ports::WriteResult run(const KeepJob& op, Batch& batch);
  ports::WriteResult run(const RemoveJob& op, Batch& batch);
  ports::WriteResult run(const EditTranscript& op, Batch& batch);
  ports::WriteResult run(const RestoreTranscript& op, Batch& batch);
  ports::WriteResult run(const PutOffDelivery& op, Batch& batch);
  ports::WriteResult run(const EndDelivery& op, Batch& batch);
  ports::WriteResult run(const PutCost& op, Batch& batch);
  // `from` is the row's expected state, armed or running.
  bool try_finish(const FinishJob& op, int from, Batch& batch);
  void put_webhooks(const ports::JobEnd& end);

  SQLite::Database& db_;
  SQLite::Statement insert_;
  SQLite::Statement fetched_;
  SQLite::Statement arm_;
  SQLite::Statement started_;
  SQLite::Statement finish_;
  SQLite::Statement put_transcript_;
  SQLite::Statement requeue_;
  SQLite::Statement end_queued_;
  SQLite::Statement retry_;
  SQLite::Statement move_;
  SQLite::Statement keep_;
  SQLite::Statement remove_;
  SQLite::Statement remove_transcript_;
  SQLite::Statement edit_transcript_;
  SQLite::Statement restore_transcript_;
  SQLite::Statement is_completed_;
  SQLite::Statement put_webhook_;
  SQLite::Statement put_off_delivery_;
  SQLite::Statement end_delivery_;
  SQLite::Statement put_cost_;
  SQLite::Statement exists_;
  SQLite::Statement add_to_totals_;
  SQLite::Statement put_flow_;
  std::string last_problem_;

  const int checkpoint_pages_;
  int wal_pages_ = 0;        // in the log after the last commit
  int next_checkpoint_ = 0;  // when wal_pages_ reaches this
};

}  // namespace transcribed::adapters
