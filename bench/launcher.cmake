add_executable(launcher_bench launcher_bench.cc)
target_link_libraries(launcher_bench PRIVATE transcribed_processes fmt::fmt)
add_executable(launcher_bench_stamp launcher_bench_stamp.cc)
target_link_libraries(launcher_bench_stamp PRIVATE transcribed_options)
set_target_properties(launcher_bench launcher_bench_stamp PROPERTIES
  RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bench)
target_compile_definitions(launcher_bench PRIVATE
  KEEPER_PROGRAM="$<TARGET_FILE:transcribed-keeper>"
  STAMP_PROGRAM="$<TARGET_FILE:launcher_bench_stamp>")
add_dependencies(launcher_bench transcribed-keeper launcher_bench_stamp)
