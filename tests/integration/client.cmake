# The real `transcribe` against a scripted server.
add_library(client_test_support STATIC
  ${CMAKE_SOURCE_DIR}/tests/fakes/scripted_http_server.cc
  ${CMAKE_SOURCE_DIR}/tests/fakes/job_server.cc
  ${CMAKE_SOURCE_DIR}/tests/fakes/client_process.cc)
target_include_directories(client_test_support PUBLIC ${CMAKE_SOURCE_DIR})
target_link_libraries(client_test_support
  PUBLIC transcribed_options Boost::json GTest::gtest
  PRIVATE transcribed_asio Threads::Threads util)

function(transcribed_client_test)
  cmake_parse_arguments(ARG "" "NAME" "SOURCES" ${ARGN})
  transcribed_test(NAME ${ARG_NAME} TIMEOUT 120 SOURCES ${ARG_SOURCES}
    LIBRARIES client_test_support LABELS integration threads)
  target_compile_definitions(${ARG_NAME} PRIVATE TRANSCRIBE_PROGRAM="$<TARGET_FILE:transcribe>")
  add_dependencies(${ARG_NAME} transcribe)
endfunction()

transcribed_client_test(NAME client_test
  SOURCES client_submit_test.cc client_trouble_test.cc client_interrupt_test.cc
    client_commands_test.cc client_inputs_test.cc)
transcribed_client_test(NAME client_watch_test SOURCES client_watch_test.cc)
transcribed_client_test(NAME client_top_test SOURCES client_top_test.cc)
transcribed_client_test(NAME client_docs_test SOURCES client_docs_test.cc)
target_compile_definitions(client_docs_test PRIVATE
  TRANSCRIBED_PROGRAM="$<TARGET_FILE:transcribed>" COMPLETIONS="${CMAKE_SOURCE_DIR}/completions"
  MAN_PAGES="${CMAKE_SOURCE_DIR}/man")
add_dependencies(client_docs_test transcribed)
