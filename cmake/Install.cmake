# Where everything goes (`make install`, `make package`). The daemon looks for its programs in ../libexec/transcribed and
# Whisper for its libraries in ../../lib/transcribed/whisper, seen from where they are: only the prefix is to be chosen.
include(GNUInstallDirs)
set(libexec libexec/transcribed)
set(private_libraries lib/transcribed/whisper)

# All that is installed, and no tests.
add_custom_target(programs)

foreach(program transcribed transcribe)
  install(TARGETS ${program} RUNTIME DESTINATION bin)
  add_dependencies(programs ${program})
endforeach()
# What a build may lack: see the messages of engines/.
foreach(program transcribed-keeper transcribed-fetcher transcribed-engine-pocketsphinx transcribed-engine-whisper)
  if(TARGET ${program})
    install(TARGETS ${program} RUNTIME DESTINATION ${libexec})
    add_dependencies(programs ${program})
  endif()
endforeach()

if(TRANSCRIBED_WHISPER_LIBRARIES)
  # What the program loads, and of the newer C library what any library may ask for; no headers, no debugging aids.
  install(DIRECTORY ${TRANSCRIBED_WHISPER_LIBRARIES}/ DESTINATION ${private_libraries} USE_SOURCE_PERMISSIONS
    FILES_MATCHING
    PATTERN "cmake" EXCLUDE
    PATTERN "pkgconfig" EXCLUDE
    # scripts/whisper-cuda may have put it there. It needs NVIDIA's libraries, which are not ours to pass on.
    PATTERN "libggml-cuda.so" EXCLUDE
    PATTERN "libwhisper.so.*" PATTERN "libggml*.so.*" REGEX "/ggml/backends[^/]*/.*[.]so$" PATTERN "libvulkan.so.*"
    PATTERN "libstdc++.so.*" PATTERN "libgcc_s.so.*" PATTERN "libgomp.so.*"
    PATTERN "ld-linux*.so.*" PATTERN "libc.so.*" PATTERN "libm.so.*" PATTERN "libmvec.so.*" PATTERN "libpthread.so.*"
    PATTERN "libdl.so.*" PATTERN "librt.so.*" PATTERN "libutil.so.*" PATTERN "libresolv.so.*" PATTERN "libanl.so.*"
    PATTERN "libnss_files.so.*" PATTERN "libnss_dns.so.*")
  install(DIRECTORY ${TRANSCRIBED_WHISPER_LICENCES}/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/whisper-libraries
    PATTERN "*-dev.copyright" EXCLUDE)
endif()
if(TARGET micro_whisper)
  install(FILES ${TRANSCRIBED_MICRO_WHISPER} DESTINATION ${CMAKE_INSTALL_DATADIR}/transcribed)
  add_dependencies(programs micro_whisper)
endif()

# man/NAME.SECTION and completions/, as far as there are any.
foreach(section 1 5 8)
  file(GLOB pages CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/man/*.${section})
  install(FILES ${pages} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
endforeach()
file(GLOB completions CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/completions/*.bash)
foreach(file IN LISTS completions)
  get_filename_component(command ${file} NAME_WE)
  install(FILES ${file} DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME ${command})
endforeach()
file(GLOB completions CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/completions/_*)
install(FILES ${completions} DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
file(GLOB completions CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/completions/*.fish)
install(FILES ${completions} DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)

install(FILES README.md CHANGELOG.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR})
# The proxy examples, and whatever else of deploy/ is for the administrator to copy.
file(GLOB examples RELATIVE ${CMAKE_SOURCE_DIR}/deploy CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/deploy/*)
list(FILTER examples EXCLUDE REGEX "^debian$|^systemd$")
foreach(example IN LISTS examples)
  install(DIRECTORY deploy/${example} DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
endforeach()

# What names the prefix is finished when that is known.
install(CODE "set(libexec \"${libexec}\")
set(private_libraries \"${private_libraries}\")
set(unit \"${CMAKE_SOURCE_DIR}/deploy/systemd/transcribed.service.in\")
set(whisper \"${TRANSCRIBED_WHISPER_LIBRARIES}\")")
install(SCRIPT cmake/finish_install.cmake)
