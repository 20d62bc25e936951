#include "adapters/sqlite_reader.h"

#include <algorithm>
#include <limits>
#include <new>
#include <string>
#include <utility>

#include <sqlite3.h>

#include <SQLiteCpp/Column.h>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "adapters/sqlite_rows.h"
#include "adapters/sqlite_statement.h"
#include "core/small_letters.h"
#include "wire/transcript_json.h"

namespace transcribed::adapters {
namespace {

std::string select_jobs(const char* rest) {
  return std::string("SELECT ") + job_columns + " FROM jobs " + rest;
}

// In place of lower(), which knows the letters A to Z alone.
void small_letters(sqlite3_context* context, int, sqlite3_value** values) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(values[0]));
  if (text == nullptr) return sqlite3_result_null(context);
  try {
    const std::string small =
        core::in_small_letters({text, static_cast<std::size_t>(sqlite3_value_bytes(values[0]))});
    sqlite3_result_text(context, small.data(), static_cast<int>(small.size()), SQLITE_TRANSIENT);
  } catch (const std::bad_alloc&) {
    sqlite3_result_error_nomem(context);
  }
}

SQLite::Database& with_small_letters(SQLite::Database& db) {
  db.createFunction("small_letters", 1, true, nullptr, &small_letters);
  return db;
}

template <typename... Values>
std::vector<core::Job> fetch(SQLite::Statement& statement, const Values&... values) {
  const ResetAtEnd reset(statement);
  bind_all(statement, values...);
  std::vector<core::Job> jobs;
  while (statement.executeStep()) jobs.push_back(job_from_row(statement));
  return jobs;
}

}  // namespace

SqliteReader::SqliteReader(SQLite::Database& db)
    : read_(with_small_letters(db), select_jobs("WHERE id=?")),
      read_transcript_(db,
                       "SELECT json, original IS NOT NULL, revision FROM transcripts WHERE id=?"),
      list_all_(db, select_jobs("WHERE id<?1 ORDER BY id DESC LIMIT ?2")),
      list_state_(db, select_jobs("WHERE state=?3 AND id<?1 ORDER BY id DESC LIMIT ?2")),
      // Armed jobs and those to be fetched read as queued. Walks of the index, so that never more
      // than 3 * limit ids are sorted.
      list_queued_(db, select_jobs("WHERE id IN ("
                                   "SELECT * FROM (SELECT id FROM jobs WHERE state=0 AND id<?1"
                                   " ORDER BY id DESC LIMIT ?2) UNION ALL "
                                   "SELECT * FROM (SELECT id FROM jobs WHERE state=1 AND id<?1"
                                   " ORDER BY id DESC LIMIT ?2) UNION ALL "
                                   "SELECT * FROM (SELECT id FROM jobs WHERE state=6 AND id<?1"
                                   " ORDER BY id DESC LIMIT ?2)) ORDER BY id DESC LIMIT ?2")),
      // Walks the jobs until enough match. ?3: a state, or absent.
      list_matching_(db, select_jobs("WHERE id<?1 AND (?3 IS NULL OR state=?3"
                                     " OR (state IN (1,6) AND ?3=0))"
                                     " AND (?4 IS NULL OR model=?4)"
                                     " AND instr(small_letters(name), ?5)>0"
                                     " ORDER BY id DESC LIMIT ?2")),
      // Left alone, SQLite may walk jobs_state and sort a million rows.
      queue_head_(db, select_jobs("INDEXED BY jobs_queue WHERE state=0"
                                  " ORDER BY rank, position, id LIMIT ?1")),
      queue_after_(db, select_jobs("INDEXED BY jobs_queue WHERE state=0"
                                   " AND (rank, position, id) > (?1, ?2, ?4)"
                                   " ORDER BY rank, position, id LIMIT ?3")),
      count_ahead_(db,
                   "SELECT (SELECT count(*) FROM jobs INDEXED BY jobs_queue"
                   " WHERE state=0 AND (rank, position, id) < (?1, ?2, ?3))"
                   " + (SELECT count(*) FROM jobs INDEXED BY jobs_state"
                   " WHERE state=1 AND (rank, position, id) < (?1, ?2, ?3))"),
      exists_(db, "SELECT 1 FROM jobs WHERE id=?"),
      same_(db, select_jobs("WHERE fingerprint=?1 AND (state<3 OR (state=3 AND ended_at>=?2))"
                            " ORDER BY id DESC LIMIT 1")),
      deliveries_(db,
                  "SELECT id, event_id, url, body, trusted, attempts, due FROM deliveries"
                  " INDEXED BY deliveries_due WHERE host NOT IN (SELECT value FROM json_each(?2))"
                  " ORDER BY due, id LIMIT ?1") {}

std::optional<core::Job> SqliteReader::read(core::JobId id) {
  std::vector<core::Job> found = fetch(read_, to_column(id.value));
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

std::optional<core::Transcript> SqliteReader::read_transcript(core::JobId id) {
  const ResetAtEnd reset(read_transcript_);
  bind_all(read_transcript_, to_column(id.value));
  if (!read_transcript_.executeStep()) return std::nullopt;
  auto transcript = wire::parse_transcript(read_transcript_.getColumn(0).getString());
  if (!transcript) return std::nullopt;
  transcript->edited = read_transcript_.getColumn(1).getInt() != 0;
  transcript->revision = read_transcript_.getColumn(2).getInt64();
  return std::move(*transcript);
}

std::vector<core::Job> SqliteReader::list(const ports::ListQuery& query) {
  const std::int64_t before =
      query.before ? to_column(query.before->value) : std::numeric_limits<std::int64_t>::max();
  // SQLite takes a negative limit for none.
  const int limit = std::max(query.limit, 0);
  if (query.model || !query.search.empty()) {
    std::optional<int> state;
    if (query.state) state = static_cast<int>(to_row_state(*query.state));
    return fetch(list_matching_, before, limit, state, query.model,
                 core::in_small_letters(query.search));
  }
  if (!query.state) return fetch(list_all_, before, limit);
  if (*query.state == core::JobState::queued) return fetch(list_queued_, before, limit);
  return fetch(list_state_, before, limit, static_cast<int>(to_row_state(*query.state)));
}

std::vector<core::Job> SqliteReader::read_queue(const std::optional<core::QueueKey>& after,
                                                int limit) {
  limit = std::max(limit, 0);
  if (!after) return fetch(queue_head_, limit);
  return fetch(queue_after_, -static_cast<std::int64_t>(after->priority),
               to_column(after->position), limit, to_column(after->id.value));
}

std::int64_t SqliteReader::count_ahead(const core::QueueKey& key) {
  const ResetAtEnd reset(count_ahead_);
  bind_all(count_ahead_, -static_cast<std::int64_t>(key.priority), to_column(key.position),
           to_column(key.id.value));
  return count_ahead_.executeStep() ? count_ahead_.getColumn(0).getInt64() : 0;
}

std::vector<ports::Delivery> SqliteReader::read_deliveries(
    int limit, const std::vector<std::string>& but_hosts) {
  // Bound as it stands, so it lives as long as the statement is bound.
  const std::string hosts =
      boost::json::serialize(boost::json::array(but_hosts.begin(), but_hosts.end()));
  const ResetAtEnd reset(deliveries_);
  bind_all(deliveries_, std::max(limit, 0), hosts);
  std::vector<ports::Delivery> found;
  while (deliveries_.executeStep()) found.push_back(delivery_from_row(deliveries_));
  return found;
}

std::optional<core::Job> SqliteReader::find_same(const std::string& fingerprint,
                                                 core::WallTime not_before) {
  std::vector<core::Job> found = fetch(same_, fingerprint, to_column(not_before));
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

std::vector<core::JobId> SqliteReader::find_missing(const std::vector<core::JobId>& ids) {
  std::vector<core::JobId> missing;
  for (const core::JobId id : ids) {
    const ResetAtEnd reset(exists_);
    bind_all(exists_, to_column(id.value));
    if (!exists_.executeStep()) missing.push_back(id);
  }
  return missing;
}

}  // namespace transcribed::adapters
