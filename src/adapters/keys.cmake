# What is kept secret on disk: API keys, and what webhooks are signed with.
add_library(transcribed_keys STATIC api_keys.cc private_file.cc webhook_secret.cc)
target_link_libraries(transcribed_keys
  PUBLIC transcribed_core transcribed_webhook_signature tl::expected
  PRIVATE transcribed_wire transcribed_sha256 Boost::json PkgConfig::SODIUM fmt::fmt)
