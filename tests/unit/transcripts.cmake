# What is heard, and how it is written.
transcribed_test(NAME transcript_text_test
  SOURCES characters_test.cc languages_test.cc printed_transcript_test.cc small_letters_test.cc subtitles_test.cc
          transcript_text_test.cc
  LIBRARIES transcribed_core LABELS unit)
transcribed_test(NAME transcript_format_test
  SOURCES formats_page_test.cc golden_formats_test.cc transcript_format_test.cc
  LIBRARIES transcribed_http transcribed_wire Boost::json LABELS unit)
target_compile_definitions(transcript_format_test PRIVATE
  GOLDEN="${CMAKE_SOURCE_DIR}/tests/golden" DOCS="${CMAKE_SOURCE_DIR}/docs")
