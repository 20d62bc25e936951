transcribed_test(NAME memory_job_store_test
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/memory_job_store_test.cc
  LIBRARIES transcribed_ports)
