# The engine whisper over its pipes, on speech made by flite and espeak-ng at test time. Where the engine was not
# built its tests are skipped, each with the reason.
if(NOT TARGET engine_test_support)
  return() # said already
endif()
add_library(spoken_words STATIC spoken_words.cc)
target_include_directories(spoken_words PUBLIC ${CMAKE_SOURCE_DIR})
target_link_libraries(spoken_words PUBLIC engine_test_support GTest::gmock)
transcribed_test(NAME whisper_engine_test TIMEOUT 900
  SOURCES whisper_devices_test.cc whisper_jobs_test.cc whisper_memory_test.cc whisper_speech_test.cc whisper_vad_test.cc
  LIBRARIES spoken_words LABELS integration)
target_compile_definitions(spoken_words PUBLIC
  TRANSCRIBED_PYTHON="${Python3_EXECUTABLE}"
  TRANSCRIBED_WRITE_MODEL="${CMAKE_SOURCE_DIR}/tests/models/write_model.py"
  TRANSCRIBED_WRITE_VAD_MODEL="${CMAKE_SOURCE_DIR}/tests/models/write_vad_model.py")
if(TRANSCRIBED_SANITIZE)
  target_compile_definitions(spoken_words PUBLIC TRANSCRIBED_SANITIZED)
endif()
if(TARGET transcribed-engine-whisper AND TARGET micro_whisper)
  target_compile_definitions(spoken_words PUBLIC
    TRANSCRIBED_WHISPER_ENGINE="$<TARGET_FILE:transcribed-engine-whisper>"
    TRANSCRIBED_MICRO_WHISPER="${TRANSCRIBED_MICRO_WHISPER}")
  add_dependencies(whisper_engine_test transcribed-engine-whisper micro_whisper)
endif()
