# The parts of the HTTP floor that need no socket.
transcribed_test(NAME http_test
  SOURCES api_keys_test.cc asr_request_test.cc audio_tickets_test.cc byte_range_test.cc http_errors_test.cc job_parameters_test.cc
          local_path_test.cc multipart_test.cc openai_request_test.cc query_test.cc request_guard_test.cc router_test.cc
  LIBRARIES transcribed_http transcribed_wire Boost::json
  LABELS http)

option(TRANSCRIBED_BUILD_FUZZERS "Build the libFuzzer targets (clang only)" OFF)
if(TRANSCRIBED_BUILD_FUZZERS)
  # The parser's own files once more, instrumented: bin/multipart_fuzz -max_total_time=60
  add_executable(multipart_fuzz ${CMAKE_SOURCE_DIR}/tests/fuzz/multipart_fuzz.cc
    ${CMAKE_SOURCE_DIR}/src/http/multipart.cc ${CMAKE_SOURCE_DIR}/src/wire/header_parameters.cc)
  target_link_libraries(multipart_fuzz PRIVATE transcribed_wire)
  target_compile_options(multipart_fuzz PRIVATE -fsanitize=fuzzer,address,undefined)
  target_link_options(multipart_fuzz PRIVATE -fsanitize=fuzzer,address,undefined)
endif()
