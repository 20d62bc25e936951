# What goes out: addresses, the fetcher's lines, webhooks.
transcribed_test(NAME network_address_test SOURCES network_address_test.cc LIBRARIES transcribed_core LABELS unit)
transcribed_test(NAME wire_text_test SOURCES file_name_test.cc header_parameters_test.cc line_buffer_test.cc
  LIBRARIES transcribed_wire LABELS unit)
