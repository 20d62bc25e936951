# What the engine whisper does beside calling libwhisper.
if(TARGET transcribed_whisper_logic)
  transcribed_test(NAME whisper_logic_test
    SOURCES whisper_backend_troubles_test.cc whisper_device_choice_test.cc whisper_gpu_memory_test.cc
            whisper_library_settings_test.cc whisper_model_file_test.cc whisper_speech_detection_test.cc
            whisper_transcription_test.cc whisper_vad_file_test.cc whisper_words_test.cc
    LIBRARIES transcribed_whisper_logic LABELS unit)
  target_compile_definitions(whisper_logic_test PRIVATE
    TRANSCRIBED_PYTHON="${Python3_EXECUTABLE}"
    TRANSCRIBED_WRITE_MODEL="${CMAKE_SOURCE_DIR}/tests/models/write_model.py"
    TRANSCRIBED_WRITE_VAD_MODEL="${CMAKE_SOURCE_DIR}/tests/models/write_vad_model.py"
    TRANSCRIBED_WORDS="${CMAKE_SOURCE_DIR}/models/micro-whisper.words.txt")
  transcribed_test(NAME whisper_pulse_test SOURCES whisper_pulse_test.cc
    LIBRARIES transcribed_whisper_logic LABELS unit threads)
endif()
