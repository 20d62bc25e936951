# API keys on disk. libsodium: SHA-256, random bytes and base64 in a library of 0.4 MB, where OpenSSL takes 5.
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium)
add_library(transcribed_keys STATIC api_keys.cc)
target_link_libraries(transcribed_keys
  PUBLIC transcribed_core tl::expected
  PRIVATE transcribed_wire Boost::json PkgConfig::SODIUM fmt::fmt)
