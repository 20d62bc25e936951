# What the daemon needs to know of a model's file. Apart from the rest, so that it does not carry libcurl and OpenSSL: 6 MB.
add_library(transcribed_model_file STATIC model_file.cc)
target_link_libraries(transcribed_model_file PUBLIC transcribed_core transcribed_wire tl::expected)

# Whisper models on disk: fetched, checked, added, removed.
include(${CMAKE_CURRENT_LIST_DIR}/transfer.cmake)
find_package(OpenSSL 3.0 REQUIRED COMPONENTS Crypto)
add_library(transcribed_models STATIC file_digest.cc http_download.cc model_pull.cc models_folder.cc)
target_link_libraries(transcribed_models
  PUBLIC transcribed_model_file transcribed_transfer
  PRIVATE OpenSSL::Crypto fmt::fmt)
target_compile_definitions(transcribed_models PRIVATE TRANSCRIBED_VERSION="${PROJECT_VERSION}")
