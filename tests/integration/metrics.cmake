# Reads docs/ and deploy/ too: what they name is in a real scrape.
transcribed_test(NAME daemon_metrics_test SOURCES metrics_test.cc scrape.cc
  LIBRARIES daemon_test_support LABELS daemon TIMEOUT 300)
target_compile_definitions(daemon_metrics_test PRIVATE TRANSCRIBED_SOURCE="${CMAKE_SOURCE_DIR}")
