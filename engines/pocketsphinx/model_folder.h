// A PocketSphinx model as it is installed: a folder with an acoustic model, a language model and a
// dictionary.
#pragma once

#include <string>

#include <tl/expected.hpp>

#include "core/failure.h"

namespace transcribed::pocketsphinx {

struct ModelFolder {
  std::string acoustic;    // the folder that holds "mdef"
  std::string words;       // *.lm.bin, *.lm.dmp or *.lm
  std::string dictionary;  // *.dict
  std::string language;  // "en", from a folder's name such as "en-us"; empty: the name does not say
};

// The acoustic model may be `folder` itself or a folder in it.
tl::expected<ModelFolder, core::Failure> find_model(const std::string& folder);

}  // namespace transcribed::pocketsphinx
