# The pure parts of the `transcribe` command.
transcribed_test(NAME client_text_test SOURCES terminal_text_test.cc progress_view_test.cc
  job_text_test.cc client_json_test.cc top_view_test.cc LIBRARIES transcribed_client LABELS unit)
transcribed_test(NAME client_plan_test SOURCES output_plan_test.cc result_file_test.cc
  LIBRARIES transcribed_client LABELS unit)
transcribed_test(NAME client_batch_test SOURCES batch_test.cc LIBRARIES transcribed_client
  LABELS unit threads)
transcribed_test(NAME client_inputs_test SOURCES inputs_test.cc watch_list_test.cc
  work_meter_test.cc LIBRARIES transcribed_client LABELS unit)
target_compile_definitions(client_inputs_test PRIVATE DOCS="${CMAKE_SOURCE_DIR}/docs")
