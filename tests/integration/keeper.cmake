# A daemon in small, to be killed with -9.
add_executable(launcher_driver launcher_driver.cc)
target_link_libraries(launcher_driver PRIVATE transcribed_processes)
set_target_properties(launcher_driver PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)

transcribed_test(NAME keeper_test
  SOURCES keeper_start_test.cc keeper_output_test.cc keeper_tree_test.cc keeper_daemon_death_test.cc
    data_folder_lock_test.cc leftovers_test.cc
  LIBRARIES transcribed_processes
  LABELS threads TIMEOUT 300)
target_compile_definitions(keeper_test PRIVATE
  KEEPER_PROGRAM="$<TARGET_FILE:transcribed-keeper>"
  DRIVER_PROGRAM="$<TARGET_FILE:launcher_driver>")
add_dependencies(keeper_test transcribed-keeper launcher_driver)
