# What goes out: addresses, the fetcher's lines, webhooks.
transcribed_test(NAME network_address_test SOURCES network_address_test.cc http_url_test.cc LIBRARIES transcribed_core LABELS unit)
transcribed_test(NAME wire_text_test SOURCES file_name_test.cc header_parameters_test.cc line_buffer_test.cc
  LIBRARIES transcribed_wire LABELS unit)
transcribed_test(NAME webhook_test SOURCES webhook_test.cc webhook_schedule_test.cc
  LIBRARIES transcribed_wire transcribed_webhook_signature LABELS unit)
# The interpreter itself: one that is found through a version manager starts slowly.
execute_process(
  COMMAND ${Python3_EXECUTABLE} -c "import os, sys; print(os.path.realpath(sys.executable))"
  OUTPUT_VARIABLE webhook_test_python OUTPUT_STRIP_TRAILING_WHITESPACE)
target_compile_definitions(webhook_test PRIVATE TRANSCRIBED_PYTHON="${webhook_test_python}"
  DOCS="${CMAKE_SOURCE_DIR}/docs")
transcribed_test(NAME fetcher_protocol_test SOURCES fetcher_protocol_test.cc LIBRARIES transcribed_wire LABELS unit)
