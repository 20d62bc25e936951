// The database file: opening it, telling what is wrong with it, and bringing its schema up to date.
#pragma once

#include <memory>
#include <string>

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <tl/expected.hpp>

namespace transcribed::adapters {

// Two connections to one file; each belongs to one thread at a time. Close the reader first: the
// last one to close folds the write-ahead log into the database.
struct SqliteConnections {
  std::unique_ptr<SQLite::Database> writer;
  std::unique_ptr<SQLite::Database> reader;  // refuses to write
};

// Creates the file when it is not there. The error is a sentence for the user; a file that is not
// ours, is damaged, or is of a newer version is left as it was.
tl::expected<SqliteConnections, std::string> open_sqlite_database(const std::string& path);

// What went wrong with the database at `path`, as a sentence for the user.
std::string sqlite_problem(const std::string& path, const SQLite::Exception& error);

}  // namespace transcribed::adapters
