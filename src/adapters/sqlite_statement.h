// Running a prepared statement with values bound by position.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <SQLiteCpp/Statement.h>

namespace transcribed::adapters {

// A statement that was stepped accepts no new values until it is reset, and a read holds on to its
// view of the database until then. Resets whatever happens.
class ResetAtEnd {
 public:
  explicit ResetAtEnd(SQLite::Statement& statement) : statement_(statement) {}
  ~ResetAtEnd() { statement_.tryReset(); }
  ResetAtEnd(const ResetAtEnd&) = delete;
  ResetAtEnd& operator=(const ResetAtEnd&) = delete;

 private:
  SQLite::Statement& statement_;
};

inline void bind_value(SQLite::Statement& statement, int index, int value) {
  statement.bind(index, value);
}
inline void bind_value(SQLite::Statement& statement, int index, std::int64_t value) {
  statement.bind(index, value);
}
inline void bind_value(SQLite::Statement& statement, int index, double value) {
  statement.bind(index, value);
}
// Not copied: the text must live until the statement has run.
inline void bind_value(SQLite::Statement& statement, int index, const std::string& value) {
  statement.bindNoCopy(index, value);
}
inline void bind_value(SQLite::Statement& statement, int index, std::nullopt_t) {
  statement.bind(index);
}
template <typename T>
void bind_value(SQLite::Statement& statement, int index, const std::optional<T>& value) {
  if (value) {
    bind_value(statement, index, *value);
  } else {
    statement.bind(index);
  }
}

// Binds the values to ?1, ?2, ... Throws SQLite::Exception.
template <typename... Values>
void bind_all(SQLite::Statement& statement, const Values&... values) {
  int index = 0;
  (bind_value(statement, ++index, values), ...);
}

// Binds, runs, resets; how many rows were changed. Throws SQLite::Exception.
template <typename... Values>
int execute(SQLite::Statement& statement, const Values&... values) {
  const ResetAtEnd reset(statement);
  bind_all(statement, values...);
  return statement.exec();
}

}  // namespace transcribed::adapters
