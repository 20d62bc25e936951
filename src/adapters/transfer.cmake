# What everything that fetches shares: libcurl's handles, files that grow into place.
if(NOT TARGET transcribed_transfer)
  find_package(CURL 7.85 REQUIRED)
  add_library(transcribed_transfer STATIC curl_handles.cc part_file.cc)
  target_link_libraries(transcribed_transfer PUBLIC transcribed_wire tl::expected CURL::libcurl)
endif()
