// A model's file, looked at before libwhisper is: by the daemon, too, which needs no more of models
// than this.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <tl/expected.hpp>

#include "adapters/file_descriptor.h"
#include "wire/ggml_header.h"
#include "wire/whisper_file.h"

namespace transcribed::adapters {

// Any thread; these block as the file system does. Each error completes a sentence that begins with
// the file's name.

// A regular file, for reading.
tl::expected<FileDescriptor, std::string> open_model_file(const std::filesystem::path& file);

// Its head.
tl::expected<wire::GgmlHeader, std::string> ggml_header_of(const FileDescriptor& file);

// All but its weights, which are there whole: what the engine will ask of it, too. Reads at a
// thousand places of a large one, which takes seconds where a slow disk has to look for them.
tl::expected<wire::WhisperFile, std::string> whisper_file_of(const FileDescriptor& file);

// What why_not_loadable() says of a file that does not exist.
inline constexpr const char* file_not_there = "is not there";

// Why libwhisper could not even begin to load `file`: not there, not readable, no ggml model.
// Nothing when all is well. Takes a microsecond where the file is in the cache.
std::optional<std::string> why_not_loadable(const std::filesystem::path& file);

}  // namespace transcribed::adapters
