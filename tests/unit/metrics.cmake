transcribed_test(NAME metrics_test
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/job_counts_test.cc ${CMAKE_CURRENT_LIST_DIR}/metrics_text_test.cc
  LIBRARIES transcribed_http transcribed_scheduler)
