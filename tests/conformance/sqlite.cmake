find_package(SQLite3 REQUIRED)
find_package(SQLiteCpp REQUIRED)
transcribed_test(NAME sqlite_job_store_test
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/sqlite_job_store_test.cc
  LIBRARIES transcribed_sqlite SQLiteCpp SQLite::SQLite3
  LABELS threads TIMEOUT 120)
transcribed_test(NAME sqlite_trouble_test
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/sqlite_trouble_test.cc
  LIBRARIES transcribed_sqlite
  LABELS threads TIMEOUT 120)
