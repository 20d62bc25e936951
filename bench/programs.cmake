# What scripts/bench runs: floors in plain C, the jobs, a no-op worker, and the load.
enable_language(C)
set(bench_programs ${CMAKE_BINARY_DIR}/bench)

function(bench_c_program name)
  add_executable(bench-${name} ${name}.c)
  target_compile_options(bench-${name} PRIVATE -Wall -Wextra)
  set_target_properties(bench-${name} PROPERTIES
    C_STANDARD 11 OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY ${bench_programs})
endfunction()
bench_c_program(floor)
bench_c_program(disk)
bench_c_program(noop_worker)
bench_c_program(stamp)

add_executable(bench-load load.cc http_lane.cc)
target_link_libraries(bench-load PRIVATE transcribed_options Threads::Threads)
add_executable(bench-fill fill.cc)
target_link_libraries(bench-fill PRIVATE transcribed_sqlite)
add_executable(bench-readers readers.cc)
target_link_libraries(bench-readers PRIVATE transcribed_options)
foreach(name load fill readers)
  set_target_properties(bench-${name} PROPERTIES
    OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY ${bench_programs})
endforeach()
