# Warnings, sanitizers and link settings, in one interface target that every target of ours uses.
option(TRANSCRIBED_BUILD_TESTS "Build the tests" ON)
option(TRANSCRIBED_BUILD_BENCHMARKS "Build the benchmarks" OFF)
set(TRANSCRIBED_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize= takes them (address,undefined or thread)")

add_library(transcribed_options INTERFACE)
target_compile_options(transcribed_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Werror=return-type)
# Where Boost throws from is spelt out with our lambdas and the folder they were compiled in: nothing to put into a package.
target_compile_definitions(transcribed_options INTERFACE BOOST_DISABLE_CURRENT_LOCATION)
if(TRANSCRIBED_SANITIZE)
  target_compile_options(transcribed_options INTERFACE
    -fsanitize=${TRANSCRIBED_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(transcribed_options INTERFACE -fsanitize=${TRANSCRIBED_SANITIZE})
endif()
# lld links the larger programs in a fraction of GNU ld's time; without it the default linker serves.
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  string(REGEX MATCH "^[0-9]+" clang_major ${CMAKE_CXX_COMPILER_VERSION})
  find_program(LLD_PROGRAM NAMES ld.lld-${clang_major})
  if(LLD_PROGRAM)
    target_link_options(transcribed_options INTERFACE -fuse-ld=lld)
  endif()
endif()
