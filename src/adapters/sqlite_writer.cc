#include "adapters/sqlite_writer.h"

#include <sqlite3.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

#include <SQLiteCpp/Column.h>

#include "adapters/sqlite_rows.h"
#include "adapters/sqlite_statement.h"
#include "core/http_url.h"
#include "wire/transcript_json.h"

namespace transcribed::adapters {

using ports::WriteResult;

namespace {

constexpr int armed = static_cast<int>(RowState::armed);
constexpr int running = static_cast<int>(RowState::running);

std::int64_t rank_of(const core::QueueKey& key) { return -static_cast<std::int64_t>(key.priority); }

// A failure of one operation's own values; its neighbours can still be written.
bool is_about_one_operation(const SQLite::Exception& error) {
  return error.getErrorCode() == SQLITE_CONSTRAINT || error.getErrorCode() == SQLITE_TOOBIG;
}

struct FailureColumns {
  std::optional<std::string> kind;
  std::optional<std::string> message;
};
FailureColumns failure_columns(const std::optional<core::Failure>& failure) {
  if (!failure) return {};
  return {std::string(core::to_string(failure->kind)), failure->message};
}

core::JobId id_of(const WriteOp& op) {
  return std::visit(
      [](const auto& what) {
        if constexpr (requires { what.job; }) {
          return what.job.id;
        } else if constexpr (requires { what.id.to_string(); }) {
          return what.id;
        } else {
          return core::JobId{};  // about no job
        }
      },
      op.what);
}

}  // namespace

struct SqliteWriter::Batch {
  std::vector<WriteResult> results;
  // Left out of the transaction because it cannot be written; its result is already there.
  std::vector<bool> refused;
  // For a finish: the `started` of the same attempt earlier in the batch, which it makes needless.
  std::unordered_map<std::size_t, std::size_t> started_of_finish;
  std::vector<bool> started_later;

  std::size_t current = 0;
  std::int64_t queued_change = 0;
  std::uint64_t last_id = 0;
  std::map<core::Flow, std::uint64_t> tails;  // of the flows that were given places

  explicit Batch(std::span<const WriteOp> ops)
      : results(ops.size(), WriteResult::ok),
        refused(ops.size(), false),
        started_later(ops.size(), false) {
    pair_started_with_finish(ops);
  }

  void gave_place(const core::Flow& flow, std::uint64_t position) {
    std::uint64_t& tail = tails[flow];
    tail = std::max(tail, position);
  }

  void pair_started_with_finish(std::span<const WriteOp> ops) {
    std::unordered_map<core::JobId, std::size_t> open;
    for (std::size_t i = 0; i < ops.size(); ++i) {
      if (std::holds_alternative<JobStarted>(ops[i].what)) {
        open[id_of(ops[i])] = i;
        continue;
      }
      if (open.empty()) continue;
      const auto found = open.find(id_of(ops[i]));
      if (found == open.end()) continue;
      const auto* finish = std::get_if<FinishJob>(&ops[i].what);
      if (finish && finish->attempt == std::get<JobStarted>(ops[found->second].what).attempt) {
        started_of_finish[i] = found->second;
        started_later[found->second] = true;
      }
      open.erase(found);
    }
  }
};

SqliteWriter::SqliteWriter(SQLite::Database& db, int checkpoint_pages)
    : db_(db),
      insert_(db,
              "INSERT INTO jobs(id, state, rank, position, attempt, created_at,"
              " audio_seconds, audio_owned, audio_path, model, name, options, owner, interactive,"
              " fingerprint, source_url, callback_url) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
              " ON CONFLICT(id) DO NOTHING"),
      fetched_(db,
               "UPDATE jobs SET state=0, audio_path=?2, audio_owned=?3, name=?4"
               " WHERE id=?1 AND state=6"),
      arm_(db, "UPDATE jobs SET state=1, attempt=?2 WHERE id=?1 AND state=0 AND attempt=?2-1"),
      started_(db,
               "UPDATE jobs SET state=2, started_at=?3, gpu_id=?4"
               " WHERE id=?1 AND state=1 AND attempt=?2"),
      finish_(db,
              "UPDATE jobs SET state=?4, started_at=?5, gpu_id=?6, ended_at=?7, lost=?8,"
              " failure_kind=?9, failure_message=?10, language=coalesce(?11, language),"
              " audio_seconds=coalesce(?12, audio_seconds)"
              " WHERE id=?1 AND attempt=?2 AND state=?3"),
      put_transcript_(db, "INSERT OR REPLACE INTO transcripts(id, json) VALUES(?,?)"),
      requeue_(db,
               "UPDATE jobs SET state=0, attempt=?4, lost=?5, started_at=NULL, gpu_id=NULL"
               " WHERE id=?1 AND attempt=?2 AND state=?3"),
      end_queued_(db,
                  "UPDATE jobs SET state=?2, ended_at=?3, failure_kind=?4, failure_message=?5,"
                  " attempt=attempt-(state=1) WHERE id=?1 AND state IN (0,1,6)"),
      retry_(db,
             "UPDATE jobs SET state=iif(audio_path='',6,0), interactive=0, rank=?2, position=?3, "
             "started_at=NULL,"
             " ended_at=NULL, gpu_id=NULL, failure_kind=NULL, failure_message=NULL, lost=NULL"
             " WHERE id=?1 AND state IN (4,5)"),
      move_(db, "UPDATE jobs SET rank=?2, position=?3 WHERE id=?1 AND state IN (0,1,6)"),
      keep_(db, "UPDATE jobs SET interactive=0 WHERE id=?"),
      remove_(db, "DELETE FROM jobs WHERE id=? AND state IN (3,4,5)"),
      remove_transcript_(db, "DELETE FROM transcripts WHERE id=?"),
      edit_transcript_(
          db,
          "UPDATE transcripts SET original=coalesce(original, json), json=?2, revision=?3"
          " WHERE id=?1 AND (?4 IS NULL OR revision=?4)"
          " AND EXISTS (SELECT 1 FROM jobs WHERE id=?1 AND state=3)"),
      restore_transcript_(db,
                          "UPDATE transcripts SET json=original, original=NULL, revision=0"
                          " WHERE id=? AND original IS NOT NULL"),
      is_completed_(db, "SELECT 1 FROM jobs WHERE id=? AND state=3"),
      put_webhook_(db,
                   "INSERT INTO deliveries(event_id, url, host, body, trusted, attempts, due)"
                   " VALUES(?,?,?,?,?,0,?)"),
      put_off_delivery_(db, "UPDATE deliveries SET attempts=?2, due=?3 WHERE id=?1"),
      end_delivery_(db, "DELETE FROM deliveries WHERE id=?"),
      put_cost_(db, "INSERT OR REPLACE INTO model_costs VALUES(?,?,?,?,?,?,?,?)"),
      exists_(db, "SELECT 1 FROM jobs WHERE id=?"),
      add_to_totals_(db, "UPDATE totals SET queued=queued+?1, last_id=max(last_id, ?2)"),
      put_flow_(db,
                "INSERT INTO flows(owner, interactive, priority, position) VALUES(?,?,?,?)"
                " ON CONFLICT DO UPDATE SET position=max(position, excluded.position)"),
      checkpoint_pages_(checkpoint_pages),
      next_checkpoint_(checkpoint_pages) {
  // Takes the place of SQLite's own checkpoint, which would run inside COMMIT, while those whose
  // writes are on disk already still wait to hear of it.
  sqlite3_wal_hook(
      db_.getHandle(),
      [](void* self, sqlite3*, const char*, int pages) {
        static_cast<SqliteWriter*>(self)->wal_pages_ = pages;
        return SQLITE_OK;
      },
      this);
}

SqliteWriter::~SqliteWriter() { sqlite3_wal_hook(db_.getHandle(), nullptr, nullptr); }

std::vector<WriteResult> SqliteWriter::apply(std::span<const WriteOp> ops) {
  Batch batch(ops);
  while (true) {
    try {
      run_transaction(ops, batch);
      return std::move(batch.results);
    } catch (const SQLite::Exception& error) {
      const WriteResult result = to_result(error);
      last_problem_ = error.what();
      roll_back();
      if (is_about_one_operation(error) && batch.current < ops.size()) {
        batch.refused[batch.current] = true;
        batch.results[batch.current] = result;
        continue;
      }
      std::fill(batch.results.begin(), batch.results.end(), result);
      return std::move(batch.results);
    }
  }
}

void SqliteWriter::run_transaction(std::span<const WriteOp> ops, Batch& batch) {
  batch.queued_change = 0;
  batch.last_id = 0;
  batch.tails.clear();
  db_.exec("BEGIN IMMEDIATE");
  for (std::size_t i = 0; i < ops.size(); ++i) {
    batch.current = i;
    if (batch.started_later[i]) continue;
    if (const auto pair = batch.started_of_finish.find(i); pair != batch.started_of_finish.end()) {
      const auto& [finish, started] = *pair;
      if (!batch.refused[i] && try_finish(std::get<FinishJob>(ops[i].what), armed, batch)) {
        batch.results[started] = WriteResult::ok;
        batch.results[finish] = WriteResult::ok;
        continue;
      }
      batch.results[started] = run(std::get<JobStarted>(ops[started].what), batch);
    }
    if (batch.refused[i]) continue;
    batch.results[i] = std::visit([&](const auto& what) { return run(what, batch); }, ops[i].what);
  }
  batch.current = ops.size();
  if (batch.queued_change != 0 || batch.last_id != 0) {
    execute(add_to_totals_, batch.queued_change, to_column(batch.last_id));
  }
  for (const auto& [flow, position] : batch.tails) {
    execute(put_flow_, flow.owner, flow.interactive ? 1 : 0, flow.priority, to_column(position));
  }
  db_.exec("COMMIT");
}

void SqliteWriter::roll_back() noexcept {
  // Some errors have rolled back already.
  if (sqlite3_get_autocommit(db_.getHandle()) == 0) db_.tryExec("ROLLBACK");
}

WriteResult SqliteWriter::to_result(const SQLite::Exception& error) const {
  if (error.getErrorCode() == SQLITE_FULL) return WriteResult::disk_full;
  if (error.getErrorCode() == SQLITE_IOERR) {
    // SQLite's own word for these is an I/O error: room for its shared memory file, a quota, a
    // limit on the size of files.
    const int why = sqlite3_system_errno(db_.getHandle());
    if (why == ENOSPC || why == EDQUOT || why == EFBIG) return WriteResult::disk_full;
  }
  return WriteResult::io_error;
}

WriteResult SqliteWriter::changed_or_why(int rows, core::JobId id) {
  if (rows > 0) return WriteResult::ok;
  const ResetAtEnd reset(exists_);
  bind_all(exists_, to_column(id.value));
  return exists_.executeStep() ? WriteResult::stale : WriteResult::not_found;
}

bool SqliteWriter::is_completed(core::JobId id) {
  const ResetAtEnd reset(is_completed_);
  bind_all(is_completed_, to_column(id.value));
  return is_completed_.executeStep();
}

WriteResult SqliteWriter::run(const InsertJob& op, Batch& batch) {
  const core::Job& job = op.job;
  const RowState state = op.armed                      ? RowState::armed
                         : core::is_to_be_fetched(job) ? RowState::to_be_fetched
                                                       : RowState::queued;
  const int rows = execute(
      insert_, to_column(job.id.value), static_cast<int>(state), rank_of(job.queue),
      to_column(job.queue.position), op.armed ? 1 : 0, to_column(job.created_at), job.audio_seconds,
      job.audio.owned ? 1 : 0, job.audio.path, job.model, job.name, options_column(job.options),
      text_column(job.owner), job.interactive ? 1 : 0, text_column(job.fingerprint),
      text_column(job.source_url), text_column(job.callback_url));
  if (rows == 0) return WriteResult::stale;
  batch.queued_change += 1;
  batch.last_id = std::max(batch.last_id, job.id.value);
  batch.gave_place({job.owner, job.interactive, job.queue.priority}, job.queue.position);
  return WriteResult::ok;
}

WriteResult SqliteWriter::run(const JobFetched& op, Batch&) {
  return changed_or_why(
      execute(fetched_, to_column(op.id.value), op.audio.path, op.audio.owned ? 1 : 0, op.name),
      op.id);
}

WriteResult SqliteWriter::run(const ArmJob& op, Batch&) {
  return changed_or_why(execute(arm_, to_column(op.id.value), op.attempt), op.id);
}

WriteResult SqliteWriter::run(const JobStarted& op, Batch& batch) {
  const int rows = execute(started_, to_column(op.id.value), op.attempt,
                           to_column(op.start.started_at), op.start.gpu_id);
  if (rows > 0) batch.queued_change -= 1;
  return changed_or_why(rows, op.id);
}

bool SqliteWriter::try_finish(const FinishJob& op, int from, Batch& batch) {
  const ports::JobEnd& end = op.end;
  const auto [failure_kind, failure_message] = failure_columns(end.failure);
  const bool has_transcript = end.state == core::JobState::completed && end.transcript;
  std::optional<std::string> language;
  std::optional<double> audio_seconds;
  if (has_transcript) {
    if (!end.transcript->language.empty()) language = end.transcript->language;
    if (end.transcript->duration_s > 0) audio_seconds = end.transcript->duration_s;
  }
  const int rows = execute(
      finish_, to_column(op.id.value), op.attempt, from, static_cast<int>(to_row_state(end.state)),
      to_column(op.start.started_at), op.start.gpu_id, to_column(end.ended_at),
      lost_column(end.lost), failure_kind, failure_message, language, audio_seconds);
  if (rows == 0) return false;
  if (from == armed) batch.queued_change -= 1;
  if (has_transcript) {
    execute(put_transcript_, to_column(op.id.value), wire::to_json_text(*end.transcript));
  }
  put_webhooks(end);
  return true;
}

void SqliteWriter::put_webhooks(const ports::JobEnd& end) {
  for (const ports::Webhook& one : end.webhooks) {
    execute(put_webhook_, one.event_id, one.url, std::string(core::url_host(one.url)), one.body,
            one.trusted ? 1 : 0, to_column(end.ended_at));
  }
}

WriteResult SqliteWriter::run(const FinishJob& op, Batch& batch) {
  const bool done = try_finish(op, running, batch) || try_finish(op, armed, batch);
  return changed_or_why(done ? 1 : 0, op.id);
}

WriteResult SqliteWriter::run(const RequeueJob& op, Batch& batch) {
  const std::optional<std::string> lost = lost_column(op.lost);
  const int attempt = op.count_attempt ? op.attempt : op.attempt - 1;
  int rows = execute(requeue_, to_column(op.id.value), op.attempt, running, attempt, lost);
  if (rows > 0) {
    batch.queued_change += 1;
  } else {
    rows = execute(requeue_, to_column(op.id.value), op.attempt, armed, attempt, lost);
  }
  return changed_or_why(rows, op.id);
}

WriteResult SqliteWriter::run(const EndQueuedJob& op, Batch& batch) {
  const auto [failure_kind, failure_message] = failure_columns(op.end.failure);
  const int rows =
      execute(end_queued_, to_column(op.id.value), static_cast<int>(to_row_state(op.end.state)),
              to_column(op.end.ended_at), failure_kind, failure_message);
  if (rows > 0) {
    batch.queued_change -= 1;
    put_webhooks(op.end);
  }
  return changed_or_why(rows, op.id);
}

WriteResult SqliteWriter::run(const RetryJob& op, Batch& batch) {
  const int rows =
      execute(retry_, to_column(op.id.value), rank_of(op.queue), to_column(op.queue.position));
  if (rows > 0) {
    batch.queued_change += 1;
    batch.gave_place(op.flow, op.queue.position);
  }
  return changed_or_why(rows, op.id);
}

WriteResult SqliteWriter::run(const MoveJob& op, Batch&) {
  return changed_or_why(
      execute(move_, to_column(op.id.value), rank_of(op.queue), to_column(op.queue.position)),
      op.id);
}

WriteResult SqliteWriter::run(const KeepJob& op, Batch&) {
  return changed_or_why(execute(keep_, to_column(op.id.value)), op.id);
}

WriteResult SqliteWriter::run(const RemoveJob& op, Batch&) {
  const int rows = execute(remove_, to_column(op.id.value));
  if (rows > 0) execute(remove_transcript_, to_column(op.id.value));
  return changed_or_why(rows, op.id);
}

WriteResult SqliteWriter::run(const EditTranscript& op, Batch&) {
  const int rows = execute(edit_transcript_, to_column(op.id.value),
                           wire::to_json_text(op.transcript), op.transcript.revision, op.replaces);
  if (rows == 0 && is_completed(op.id)) return WriteResult::outdated;
  return changed_or_why(rows, op.id);
}

WriteResult SqliteWriter::run(const RestoreTranscript& op, Batch&) {
  execute(restore_transcript_, to_column(op.id.value));
  return changed_or_why(is_completed(op.id) ? 1 : 0, op.id);
}

WriteResult SqliteWriter::run(const PutOffDelivery& op, Batch&) {
  const int rows = execute(put_off_delivery_, op.id, op.attempts, to_column(op.due));
  return rows > 0 ? WriteResult::ok : WriteResult::not_found;
}

WriteResult SqliteWriter::run(const EndDelivery& op, Batch&) {
  return execute(end_delivery_, op.id) > 0 ? WriteResult::ok : WriteResult::not_found;
}

WriteResult SqliteWriter::run(const PutCost& op, Batch&) {
  const core::MeasuredCost& cost = op.record.cost;
  execute(put_cost_, op.record.model, op.record.device, cost.vram_mb, cost.vram_per_job_mb,
          cost.ram_mb, cost.ram_per_job_mb, cost.least_weights_mb, cost.least_per_job_mb);
  return WriteResult::ok;
}

ports::StoreSummary SqliteWriter::recover() {
  try {
    db_.exec("BEGIN IMMEDIATE");
    db_.exec("UPDATE jobs SET state=0, attempt=attempt-1 WHERE state=1");
    ports::StoreSummary summary;
    SQLite::Statement totals(db_, "SELECT queued, last_id FROM totals");
    if (totals.executeStep()) {
      summary.queued = totals.getColumn(0).getInt64();
      summary.last_id.value = static_cast<std::uint64_t>(totals.getColumn(1).getInt64());
    }
    totals.reset();
    SQLite::Statement interrupted(db_, std::string("SELECT ") + job_columns +
                                           " FROM jobs WHERE state=2 ORDER BY rank, position");
    while (interrupted.executeStep()) summary.interrupted.push_back(job_from_row(interrupted));
    interrupted.reset();
    SQLite::Statement to_fetch(
        db_, std::string("SELECT ") + job_columns + " FROM jobs WHERE state=6 ORDER BY id");
    while (to_fetch.executeStep()) summary.to_fetch.push_back(job_from_row(to_fetch));
    to_fetch.reset();
    SQLite::Statement costs(db_, "SELECT * FROM model_costs ORDER BY model, device");
    while (costs.executeStep()) summary.costs.push_back(cost_from_row(costs));
    costs.reset();
    SQLite::Statement flows(db_, "SELECT owner, interactive, priority, position FROM flows");
    while (flows.executeStep()) summary.flows.push_back(flow_from_row(flows));
    flows.reset();
    SQLite::Statement heads(db_,
                            "SELECT priority, (SELECT position FROM jobs INDEXED BY jobs_queue"
                            " WHERE state=0 AND rank=-priority ORDER BY position LIMIT 1) AS head"
                            " FROM (SELECT DISTINCT priority FROM flows) WHERE head NOT NULL");
    while (heads.executeStep()) summary.heads.push_back(head_from_row(heads));
    heads.reset();
    SQLite::Statement owners(db_,
                             "SELECT owner, count(*) FROM jobs INDEXED BY jobs_owner"
                             " WHERE owner IS NOT NULL AND state IN (0,1,6) GROUP BY owner");
    while (owners.executeStep()) {
      summary.queued_of[owners.getColumn(0).getString()] = owners.getColumn(1).getInt();
    }
    owners.reset();
    db_.exec("COMMIT");
    return summary;
  } catch (...) {
    roll_back();
    throw;
  }
}

void SqliteWriter::checkpoint_if_due() {
  // After a restart of the log there are fewer pages than a checkpoint's worth again.
  if (wal_pages_ < checkpoint_pages_) next_checkpoint_ = checkpoint_pages_;
  if (wal_pages_ < next_checkpoint_) return;
  // Where a reader is in the way, or the disk is full, part of it is left to the next one: no
  // reason to try again after every commit.
  sqlite3_wal_checkpoint_v2(db_.getHandle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  next_checkpoint_ = wal_pages_ + checkpoint_pages_;
}

}  // namespace transcribed::adapters
