// Whether what a model needs is on the disk right now, and what to do if not.
#pragma once

#include <optional>
#include <string>

#include "core/model.h"

namespace transcribed::daemon {

// Why a job of the model could not be run: its engine's program or its file is missing, or the file
// is no Whisper model, or not as large as the published one that it should be. A sentence with the
// way out, without a full stop; nothing when all is there. Looks at whisper models alone: what
// other engines make of `file` is theirs to know. Reads 48 bytes; microseconds on a local disk. Any
// thread.
std::optional<std::string> why_unavailable(const core::Model& model);

// What the log should say about Whisper at a start: how to get a model where nobody has configured
// anything and none is there, or which one became the default by itself. "": nothing.
std::string whisper_words(const core::ModelCatalogue& models, const std::string& default_model);

}  // namespace transcribed::daemon
