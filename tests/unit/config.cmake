transcribed_test(NAME config_test
  SOURCES config_test.cc config_refusals_test.cc config_models_test.cc config_whisper_test.cc config_docs_test.cc
          listen_address_test.cc
  LIBRARIES transcribed_config LABELS unit)
target_compile_definitions(config_test PRIVATE DOCS="${CMAKE_SOURCE_DIR}/docs"
  MAN_PAGES="${CMAKE_SOURCE_DIR}/man")
