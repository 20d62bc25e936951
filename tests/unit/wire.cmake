transcribed_test(NAME engine_protocol_test SOURCES engine_protocol_test.cc LIBRARIES transcribed_wire LABELS unit)
transcribed_test(NAME transcript_json_test SOURCES transcript_json_test.cc LIBRARIES transcribed_wire LABELS unit)
transcribed_test(NAME utf8_test SOURCES utf8_test.cc LIBRARIES transcribed_wire LABELS unit)
transcribed_test(NAME openai_json_test SOURCES json_writer_test.cc openai_json_test.cc LIBRARIES transcribed_openai_json LABELS unit)
