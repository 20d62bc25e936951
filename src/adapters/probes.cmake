# What the machine has: GPUs and memory.
add_library(transcribed_probes STATIC
  captured_run.cc cgroup_memory.cc gpu_table.cc kernel_files.cc linux_memory_probe.cc
  nvidia_smi_probe.cc)
target_link_libraries(transcribed_probes PUBLIC transcribed_ports transcribed_wire)
