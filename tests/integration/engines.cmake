# The engines on real recordings and over real pipes.
find_program(FFMPEG_PROGRAM ffmpeg)
if(NOT FFMPEG_PROGRAM)
  message(WARNING "the ffmpeg program was not found (Debian: ffmpeg): the engines are built but not tested.")
  return()
endif()
add_library(engine_test_support STATIC worker_process.cc made_recordings.cc)
target_include_directories(engine_test_support PUBLIC ${CMAKE_SOURCE_DIR})
target_link_libraries(engine_test_support PUBLIC transcribed_wire GTest::gtest)

if(TARGET transcribed_media)
  transcribed_test(NAME audio_reader_test SOURCES audio_reader_test.cc TIMEOUT 180
    LIBRARIES transcribed_media engine_test_support LABELS integration)
endif()
transcribed_test(NAME worker_loop_test SOURCES worker_loop_test.cc
  LIBRARIES transcribed_worker LABELS integration threads)

set(sentences /usr/share/pocketsphinx/test/data/librivox)
if(NOT TARGET transcribed-engine-pocketsphinx)
  # Said already where the engine is defined.
elseif(NOT EXISTS ${sentences}/transcription)
  message(WARNING "no sentences in ${sentences} (Debian: pocketsphinx-testdata): the engine pocketsphinx is not tested.")
else()
  transcribed_test(NAME pocketsphinx_engine_test SOURCES pocketsphinx_engine_test.cc TIMEOUT 600
    LIBRARIES engine_test_support LABELS integration)
  target_compile_definitions(pocketsphinx_engine_test PRIVATE
    TRANSCRIBED_SENTENCES="${sentences}"
    TRANSCRIBED_POCKETSPHINX_ENGINE="$<TARGET_FILE:transcribed-engine-pocketsphinx>")
  add_dependencies(pocketsphinx_engine_test transcribed-engine-pocketsphinx)
endif()

transcribed_test(NAME engine_protocol_page_test SOURCES engine_protocol_page_test.cc
  LIBRARIES engine_test_support LABELS integration)
target_compile_definitions(engine_protocol_page_test PRIVATE TRANSCRIBED_DOCS="${CMAKE_SOURCE_DIR}/docs")
