# API keys on disk.
add_library(transcribed_keys STATIC api_keys.cc)
target_link_libraries(transcribed_keys
  PUBLIC transcribed_core tl::expected
  PRIVATE transcribed_wire transcribed_sha256 Boost::json PkgConfig::SODIUM fmt::fmt)
