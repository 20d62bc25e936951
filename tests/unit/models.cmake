transcribed_test(NAME models_test SOURCES whisper_models_test.cc ggml_header_test.cc
  default_folders_test.cc suggestion_test.cc whisper_file_test.cc LIBRARIES transcribed_core transcribed_wire LABELS unit)
target_compile_definitions(models_test PRIVATE DOCS="${CMAKE_SOURCE_DIR}/docs"
  TRANSCRIBED_PYTHON="${Python3_EXECUTABLE}"
  TRANSCRIBED_WRITE_MODEL="${CMAKE_SOURCE_DIR}/tests/models/write_model.py")
