# Whisper models: fetched from a scripted server, and the command's models pull, add and rm.
set(writes_models TRANSCRIBED_PYTHON="${Python3_EXECUTABLE}"
  TRANSCRIBED_WRITE_MODEL="${CMAKE_SOURCE_DIR}/tests/models/write_model.py")

transcribed_test(NAME model_pull_test SOURCES model_pull_test.cc
  LIBRARIES transcribed_models client_test_support LABELS integration threads)
target_compile_definitions(model_pull_test PRIVATE ${writes_models})

add_executable(pull_driver pull_driver.cc)
target_link_libraries(pull_driver PRIVATE transcribed_client)
set_target_properties(pull_driver PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
transcribed_test(NAME models_command_test TIMEOUT 120 SOURCES models_command_test.cc
  LIBRARIES transcribed_models client_test_support LABELS integration threads)
target_compile_definitions(models_command_test PRIVATE
  ${writes_models} TRANSCRIBE_PROGRAM="$<TARGET_FILE:transcribe>" PULL_DRIVER="$<TARGET_FILE:pull_driver>")
add_dependencies(models_command_test transcribe pull_driver)

transcribed_test(NAME whisper_models_test TIMEOUT 600 SOURCES whisper_models_test.cc
  LIBRARIES transcribed_models daemon_test_support client_test_support LABELS daemon)
target_compile_definitions(whisper_models_test PRIVATE
  TRANSCRIBED_WRITE_MODEL="${CMAKE_SOURCE_DIR}/tests/models/write_model.py"
  TRANSCRIBE_PROGRAM="$<TARGET_FILE:transcribe>")
add_dependencies(whisper_models_test transcribed transcribe)
