# Which file a program's name stands for.
add_library(transcribed_program_search STATIC program_search.cc)
target_include_directories(transcribed_program_search PUBLIC ${CMAKE_SOURCE_DIR}/src)
target_link_libraries(transcribed_program_search PUBLIC transcribed_options)

# What the machine has: GPUs and memory.
add_library(transcribed_probes STATIC
  captured_run.cc cgroup_memory.cc gpu_table.cc kernel_files.cc linux_memory_probe.cc
  nvidia_smi_probe.cc)
target_link_libraries(transcribed_probes PUBLIC transcribed_ports transcribed_wire PRIVATE transcribed_program_search)
