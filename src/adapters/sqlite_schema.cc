#include "adapters/sqlite_schema.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>
#include <system_error>
#include <utility>

namespace transcribed::adapters {
namespace {

// "trcs": tells our files from those of other programs (PRAGMA application_id).
constexpr int our_application_id = 0x74726373;
// Somebody looking into the file with the sqlite3 program may hold a lock for a moment.
constexpr int busy_timeout_ms = 5000;

// --- Migrations: number N takes a file from schema version N to N + 1. ---

void create_jobs(SQLite::Database& db) {
  // state: RowState in sqlite_rows.h. rank: -priority, so that (rank, position) ascending is the
  // order of the queue and one row-value comparison finds a place in it. Times are milliseconds
  // since 1970, UTC. options and lost are JSON, and absent when there is nothing to say.
  db.exec(
      "CREATE TABLE jobs("
      " id INTEGER PRIMARY KEY,"
      " state INTEGER NOT NULL,"
      " rank INTEGER NOT NULL,"
      " position INTEGER NOT NULL,"
      " attempt INTEGER NOT NULL,"
      " created_at INTEGER NOT NULL,"
      " started_at INTEGER,"
      " ended_at INTEGER,"
      " gpu_id INTEGER,"
      " audio_seconds REAL,"
      " audio_owned INTEGER NOT NULL,"
      " audio_path TEXT NOT NULL,"
      " model TEXT NOT NULL,"
      " name TEXT NOT NULL,"
      " language TEXT,"
      " options TEXT,"
      " failure_kind TEXT,"
      " failure_message TEXT,"
      " lost TEXT"
      ") STRICT");
  // What read_queue() walks. Its `state` is always 0; with it in the index, counting needs no look
  // at the rows.
  db.exec("CREATE INDEX jobs_queue ON jobs(state, rank, position) WHERE state = 0");
  // Lists by state, newest first (an index ends in the row's id), and what start-up looks for.
  db.exec("CREATE INDEX jobs_state ON jobs(state)");
  db.exec("CREATE TABLE transcripts(id INTEGER PRIMARY KEY, json TEXT NOT NULL) STRICT");
  // One row, kept in step by the writer, so that start-up need not count a million jobs.
  db.exec(
      "CREATE TABLE totals("
      " id INTEGER PRIMARY KEY CHECK (id = 1),"
      " queued INTEGER NOT NULL,"
      " last_id INTEGER NOT NULL"
      ") STRICT");
  db.exec("INSERT INTO totals VALUES (1, 0, 0)");
}

void create_model_costs(SQLite::Database& db) {
  // What was learned of the memory that a model takes on a kind of GPU: core::CostRecord. All MB;
  // 0: not known.
  db.exec(
      "CREATE TABLE model_costs("
      " model TEXT NOT NULL,"
      " device TEXT NOT NULL,"
      " vram_mb INTEGER NOT NULL,"
      " vram_per_job_mb INTEGER NOT NULL,"
      " ram_mb INTEGER NOT NULL,"
      " ram_per_job_mb INTEGER NOT NULL,"
      " least_weights_mb INTEGER NOT NULL,"
      " least_per_job_mb INTEGER NOT NULL,"
      " PRIMARY KEY (model, device)"
      ") STRICT, WITHOUT ROWID");
}

void create_flows(SQLite::Database& db) {
  // owner: the name of an API key; absent where none was needed.
  db.exec("ALTER TABLE jobs ADD COLUMN owner TEXT");
  db.exec("ALTER TABLE jobs ADD COLUMN interactive INTEGER NOT NULL DEFAULT 0");
  // core::Job::fingerprint, for finding a job that does the same already.
  db.exec("ALTER TABLE jobs ADD COLUMN fingerprint TEXT");
  db.exec("CREATE INDEX jobs_fingerprint ON jobs(fingerprint) WHERE fingerprint IS NOT NULL");
  // The place each flow was given last: core::FlowTail.
  db.exec(
      "CREATE TABLE flows("
      " owner TEXT NOT NULL,"
      " interactive INTEGER NOT NULL,"
      " priority INTEGER NOT NULL,"
      " position INTEGER NOT NULL,"
      " PRIMARY KEY (owner, interactive, priority)"
      ") STRICT, WITHOUT ROWID");
  // For counting an owner's jobs in line.
  db.exec("CREATE INDEX jobs_owner ON jobs(owner) WHERE owner IS NOT NULL AND state IN (0,1)");
  // Until now places were ids, in order of arrival.
  db.exec(
      "INSERT INTO flows SELECT '', 0, -rank, max(position) FROM jobs"
      " WHERE state IN (0,1,2) GROUP BY rank");
}

void create_outgoing(SQLite::Database& db) {
  // Where the recording is to be fetched from, and whom to tell of the end.
  db.exec("ALTER TABLE jobs ADD COLUMN source_url TEXT");
  db.exec("ALTER TABLE jobs ADD COLUMN callback_url TEXT");
  // Jobs whose recording is not here yet (6) are in line, too.
  db.exec("DROP INDEX jobs_owner");
  db.exec("CREATE INDEX jobs_owner ON jobs(owner) WHERE owner IS NOT NULL AND state IN (0,1,6)");
  // ports::Delivery. due: milliseconds since 1970, UTC.
  db.exec(
      "CREATE TABLE deliveries("
      " id INTEGER PRIMARY KEY AUTOINCREMENT,"  // an id that was seen is no other's later
      " event_id TEXT NOT NULL,"
      " url TEXT NOT NULL,"
      " host TEXT NOT NULL,"
      " body TEXT NOT NULL,"
      " trusted INTEGER NOT NULL,"
      " attempts INTEGER NOT NULL,"
      " due INTEGER NOT NULL"
      ") STRICT");
  db.exec("CREATE INDEX deliveries_due ON deliveries(due)");
}

void add_original_transcripts(SQLite::Database& db) {
  // What the engine heard, once somebody has corrected `json`.
  db.exec("ALTER TABLE transcripts ADD COLUMN original TEXT");
  // core::Transcript::revision of `json`.
  db.exec("ALTER TABLE transcripts ADD COLUMN revision INTEGER NOT NULL DEFAULT 0");
}

using Migration = void (*)(SQLite::Database&);
constexpr std::array migrations = {create_jobs, create_model_costs, create_flows, create_outgoing,
                                   add_original_transcripts};
constexpr int schema_version = static_cast<int>(migrations.size());

void migrate(SQLite::Database& db, int version) {
  if (version == schema_version) return;
  db.exec("BEGIN IMMEDIATE");
  for (int step = version; step < schema_version; ++step) {
    migrations[static_cast<std::size_t>(step)](db);
  }
  db.exec("PRAGMA application_id = " + std::to_string(our_application_id));
  db.exec("PRAGMA user_version = " + std::to_string(schema_version));
  db.exec("COMMIT");
}

// SQLite tells little about why it cannot open a file, so the system is asked first.
std::optional<std::string> why_not_writable(const std::string& path) {
  // Transcripts are nobody else's business; SQLite gives its other files the same mode.
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd >= 0) {
    ::close(fd);
    return std::nullopt;
  }
  const std::error_code why(errno, std::generic_category());
  return "cannot open the database " + path + " for writing: " + why.message();
}

std::optional<std::string> not_ours(SQLite::Database& db, const std::string& path, int version) {
  const int application = db.execAndGet("PRAGMA application_id").getInt();
  const int objects = db.execAndGet("SELECT COUNT(*) FROM sqlite_schema").getInt();
  const bool is_new = objects == 0 && version == 0 && application == 0;
  if (!is_new && application != our_application_id) {
    return path + " is a database of another program; it was left as it is";
  }
  if (version > schema_version) {
    return path + " was written by a newer transcribed (schema version " + std::to_string(version) +
           "; this one knows versions up to " + std::to_string(schema_version) +
           "); it was left as it is";
  }
  return std::nullopt;
}

}  // namespace

std::string sqlite_problem(const std::string& path, const SQLite::Exception& error) {
  const std::string detail = std::string(" (") + error.what() + ")";
  switch (error.getErrorCode()) {
    case SQLITE_NOTADB:
      return path + " is not a database of transcribed" + detail + "; it was left as it is";
    case SQLITE_CORRUPT:
      return "the database " + path + " is damaged" + detail;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "the database " + path + " is in use by another process" + detail;
    case SQLITE_FULL:
      return "no space left on the disk for the database " + path + detail;
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
      return "cannot write the database " + path + " or the files beside it" + detail;
    default:
      return "the database " + path + " cannot be used" + detail;
  }
}

tl::expected<SqliteConnections, std::string> open_sqlite_database(const std::string& path) {
  if (auto why = why_not_writable(path)) return tl::unexpected(std::move(*why));
  try {
    SqliteConnections connections;
    // One thread at a time uses a connection, so SQLite's own mutexes are not needed.
    connections.writer = std::make_unique<SQLite::Database>(
        path, SQLite::OPEN_READWRITE | SQLite::OPEN_NOMUTEX, busy_timeout_ms);
    SQLite::Database& writer = *connections.writer;

    // Nothing is written before the file is known to be ours.
    const int version = writer.execAndGet("PRAGMA user_version").getInt();
    if (auto why = not_ours(writer, path, version)) return tl::unexpected(std::move(*why));

    if (writer.execAndGet("PRAGMA journal_mode = WAL").getString() != "wal") {
      return tl::make_unexpected("the file system of " + path +
                                 " does not allow a write-ahead log (is it a network share?)");
    }
    writer.exec("PRAGMA synchronous = FULL");
    // Debian's SQLite overwrites what is deleted even where that costs further writes. FAST does so
    // only where it costs none.
    writer.exec("PRAGMA secure_delete = FAST");
    writer.exec("PRAGMA cache_size = -1000");
    // A burst may grow the log; its file shrinks back to this when the log starts over.
    writer.exec("PRAGMA journal_size_limit = 16777216");
    migrate(writer, version);

    connections.reader = std::make_unique<SQLite::Database>(
        path, SQLite::OPEN_READWRITE | SQLite::OPEN_NOMUTEX, busy_timeout_ms);
    connections.reader->exec("PRAGMA query_only = ON");
    connections.reader->exec("PRAGMA cache_size = -512");
    return connections;
  } catch (const SQLite::Exception& error) {
    return tl::unexpected(sqlite_problem(path, error));
  }
}

}  // namespace transcribed::adapters
