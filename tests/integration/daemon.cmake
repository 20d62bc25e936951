# The real daemon, with real processes and the reference box's cards on PATH.
execute_process(
  COMMAND ${Python3_EXECUTABLE} -c "import os, sys; print(os.path.realpath(sys.executable))"
  OUTPUT_VARIABLE daemon_test_python OUTPUT_STRIP_TRAILING_WHITESPACE)
add_library(daemon_test_support STATIC daemon_process.cc api_client.cc engine_stage.cc event_crowd.cc)
target_include_directories(daemon_test_support PUBLIC ${CMAKE_SOURCE_DIR})
target_link_libraries(daemon_test_support
  PUBLIC transcribed_wire transcribed_asio GTest::gmock transcribed_options PRIVATE transcribed_processes)
target_compile_definitions(daemon_test_support PUBLIC
  TRANSCRIBED_DAEMON="$<TARGET_FILE:transcribed>"
  TRANSCRIBED_FAKES="${CMAKE_SOURCE_DIR}/tests/fakes"
  TRANSCRIBED_PYTHON="${daemon_test_python}")
add_dependencies(daemon_test_support transcribed)

# What runs under the thread sanitizer, too.
transcribed_test(NAME daemon_load_test SOURCES reference_box_test.cc daemon_stop_test.cc events_load_test.cc kill_test.cc
  LIBRARIES daemon_test_support LABELS daemon threads TIMEOUT 600)
if(TRANSCRIBED_SANITIZE)
  target_compile_definitions(daemon_load_test PRIVATE TRANSCRIBED_SANITIZED)
endif()

transcribed_test(NAME daemon_test 
  SOURCES engine_failure_test.cc job_requests_test.cc ram_wait_test.cc daemon_restart_test.cc gpu_start_test.cc
    events_test.cc full_disk_test.cc vram_ledger_test.cc vram_shortage_daemon_test.cc api_keys_daemon_test.cc waiting_clients_test.cc
  LIBRARIES daemon_test_support LABELS daemon TIMEOUT 300)

transcribed_test(NAME outgoing_test SOURCES outgoing_test.cc
  LIBRARIES daemon_test_support client_test_support transcribed_webhook_signature LABELS daemon TIMEOUT 300)

set(daemon_test_sentences /usr/share/pocketsphinx/test/data/librivox)
if(TARGET transcribed-engine-pocketsphinx AND EXISTS ${daemon_test_sentences}/transcription)
  transcribed_test(NAME daemon_real_audio_test SOURCES real_audio_test.cc
    LIBRARIES daemon_test_support LABELS daemon TIMEOUT 600)
  target_compile_definitions(daemon_real_audio_test PRIVATE
    TRANSCRIBED_SENTENCES="${daemon_test_sentences}")
  add_dependencies(daemon_real_audio_test transcribed-engine-pocketsphinx)
endif()

# Skipped, with the reason, where the engine was not built.
transcribed_test(NAME whisper_daemon_test SOURCES whisper_daemon_test.cc whisper_daemon_memory_test.cc
  LIBRARIES daemon_test_support LABELS daemon TIMEOUT 300)
target_compile_definitions(whisper_daemon_test PRIVATE
  TRANSCRIBED_WRITE_MODEL="${CMAKE_SOURCE_DIR}/tests/models/write_model.py")
if(TRANSCRIBED_SANITIZE)
  target_compile_definitions(whisper_daemon_test PRIVATE TRANSCRIBED_SANITIZED)
endif()
if(TARGET transcribed-engine-whisper AND TARGET micro_whisper)
  target_compile_definitions(whisper_daemon_test PRIVATE TRANSCRIBED_MICRO_WHISPER="${TRANSCRIBED_MICRO_WHISPER}")
  add_dependencies(whisper_daemon_test transcribed-engine-whisper micro_whisper)
endif()

# OpenAI's own client, from npm. Skipped, with the reason, where that cannot be had.
add_test(NAME openai_client
  COMMAND ${CMAKE_SOURCE_DIR}/tests/openai/run $<TARGET_FILE:transcribed> ${CMAKE_SOURCE_DIR}/tests/fakes
    ${CMAKE_BINARY_DIR}/openai-client)
set_tests_properties(openai_client PROPERTIES LABELS "daemon" TIMEOUT 300 SKIP_RETURN_CODE 77)
