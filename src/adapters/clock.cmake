include(${CMAKE_CURRENT_LIST_DIR}/asio.cmake)
add_library(transcribed_clock STATIC asio_clock.cc)
target_link_libraries(transcribed_clock PUBLIC transcribed_ports transcribed_asio)
