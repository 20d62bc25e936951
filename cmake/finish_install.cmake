# The end of an install, when the prefix is known: the systemd unit, and the path of Whisper's own loader of programs, which
# the kernel wants absolute.
set(root "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}")

set(BINDIR "${CMAKE_INSTALL_PREFIX}/bin")
set(DOCDIR "${CMAKE_INSTALL_PREFIX}/share/doc/transcribed")
configure_file("${unit}" "${root}/lib/systemd/system/transcribed.service" @ONLY)
message(STATUS "Installing: ${root}/lib/systemd/system/transcribed.service")

if(whisper)
  find_program(PATCHELF patchelf)
  if(NOT PATCHELF)
    message(FATAL_ERROR "patchelf is needed to install Whisper with its own libraries (Debian: patchelf).")
  endif()
  file(GLOB loader RELATIVE "${root}" "${root}/${private_libraries}/ld-linux*.so.*")
  execute_process(COMMAND "${PATCHELF}" --set-interpreter "${CMAKE_INSTALL_PREFIX}/${loader}"
    "${root}/${libexec}/transcribed-engine-whisper" COMMAND_ERROR_IS_FATAL ANY)
endif()
