# Boost.Asio compiled once, not in every file that includes it.
if(NOT TARGET transcribed_asio)
  add_library(transcribed_asio STATIC asio.cc)
  target_compile_definitions(transcribed_asio PUBLIC BOOST_ASIO_SEPARATE_COMPILATION)
  target_link_libraries(transcribed_asio PUBLIC transcribed_options Boost::boost Threads::Threads)
endif()
