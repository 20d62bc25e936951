# The real `transcribe` against a scripted server.
add_library(client_test_support STATIC
  ${CMAKE_SOURCE_DIR}/tests/fakes/scripted_http_server.cc
  ${CMAKE_SOURCE_DIR}/tests/fakes/job_server.cc
  ${CMAKE_SOURCE_DIR}/tests/fakes/client_process.cc)
target_include_directories(client_test_support PUBLIC ${CMAKE_SOURCE_DIR})
target_link_libraries(client_test_support
  PUBLIC transcribed_options Boost::json GTest::gtest
  PRIVATE transcribed_asio Threads::Threads util)

transcribed_test(NAME client_test TIMEOUT 120
  SOURCES client_submit_test.cc client_trouble_test.cc client_interrupt_test.cc
    client_commands_test.cc
  LIBRARIES client_test_support LABELS integration threads)
if(TARGET client_test)
  target_compile_definitions(client_test PRIVATE TRANSCRIBE_PROGRAM="$<TARGET_FILE:transcribe>")
  add_dependencies(client_test transcribe)
endif()
