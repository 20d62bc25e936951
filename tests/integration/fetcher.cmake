# The program that does the daemon's outgoing HTTP, against servers of all kinds.
find_package(OpenSSL 3.0 REQUIRED COMPONENTS SSL Crypto)
execute_process(
  COMMAND ${Python3_EXECUTABLE} -c "import os, sys; print(os.path.realpath(sys.executable))"
  OUTPUT_VARIABLE fetcher_test_python OUTPUT_STRIP_TRAILING_WHITESPACE)
transcribed_test(NAME fetcher_test TIMEOUT 180
  SOURCES fetcher_test.cc fetcher_guard_test.cc fetcher_delivery_test.cc fetcher_network_test.cc
    worker_process.cc
  LIBRARIES transcribed_wire client_test_support OpenSSL::SSL OpenSSL::Crypto LABELS integration)
target_compile_definitions(fetcher_test PRIVATE
  TRANSCRIBED_FETCHER="$<TARGET_FILE:transcribed-fetcher>"
  TRANSCRIBED_FAKES="${CMAKE_SOURCE_DIR}/tests/fakes"
  TRANSCRIBED_PYTHON="${fetcher_test_python}")
add_dependencies(fetcher_test transcribed-fetcher)
