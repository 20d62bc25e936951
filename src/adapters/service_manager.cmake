# What the daemon tells whoever started it.
add_library(transcribed_service_manager STATIC service_manager.cc)
target_include_directories(transcribed_service_manager PUBLIC ${CMAKE_SOURCE_DIR}/src)
target_link_libraries(transcribed_service_manager PUBLIC tl::expected PRIVATE transcribed_options fmt::fmt)
