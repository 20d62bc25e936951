transcribed_test(NAME gpu_table_test SOURCES gpu_table_test.cc LIBRARIES transcribed_probes
  LABELS unit)
transcribed_test(NAME nvidia_smi_probe_test SOURCES nvidia_smi_probe_test.cc
  LIBRARIES transcribed_probes LABELS unit threads)
target_compile_definitions(nvidia_smi_probe_test PRIVATE FAKES="${CMAKE_SOURCE_DIR}/tests/fakes")
transcribed_test(NAME linux_memory_probe_test SOURCES linux_memory_probe_test.cc
  LIBRARIES transcribed_probes LABELS unit)
