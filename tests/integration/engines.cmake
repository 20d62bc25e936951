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
