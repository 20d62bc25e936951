// A model's file by its path, looked at before libwhisper is.
#pragma once

#include <string>

#include <tl/expected.hpp>

#include "core/failure.h"
#include "wire/whisper_file.h"

namespace transcribed::whisper {

// Reads all but the weights themselves and checks that they are all there. `path` may be hostile.
// The failure (internal) is a sentence that says what is wrong with the file.
tl::expected<wire::WhisperFile, core::Failure> read_model_file(const std::string& path);

}  // namespace transcribed::whisper
