# Jobs on disk: ports::JobStore on SQLite.
find_package(SQLite3 REQUIRED)
find_package(SQLiteCpp REQUIRED)
add_library(transcribed_sqlite STATIC
  sqlite_job_store.cc sqlite_reader.cc sqlite_rows.cc sqlite_schema.cc sqlite_writer.cc)
target_link_libraries(transcribed_sqlite
  PUBLIC transcribed_ports tl::expected
  PRIVATE transcribed_wire SQLiteCpp SQLite::SQLite3 spdlog::spdlog Threads::Threads)
