# What FFmpeg's demuxers read from our subtitles.
if(NOT TARGET engine_test_support)
  return() # said already
endif()
pkg_check_modules(AVFORMAT REQUIRED IMPORTED_TARGET libavformat>=59 libavcodec>=59 libavutil>=57)
transcribed_test(NAME subtitle_readback_test SOURCES subtitle_readback_test.cc
  LIBRARIES engine_test_support transcribed_wire PkgConfig::AVFORMAT LABELS integration)
target_compile_definitions(subtitle_readback_test PRIVATE GOLDEN="${CMAKE_SOURCE_DIR}/tests/golden")
