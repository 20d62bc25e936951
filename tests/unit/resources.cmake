transcribed_test(NAME resources_test SOURCES resources_test.cc LIBRARIES transcribed_core LABELS unit)
