// Models of the whisper engine: which file each has, and those of the catalogue that need no
// section.
#pragma once

#include <optional>
#include <string>

#include "core/model.h"
#include "daemon/config_draft.h"

namespace transcribed::daemon {

inline constexpr const char* whisper_engine = "whisper";

// What a [models.NAME] with engine = "whisper" is before its other keys are read. `published` is
// the catalogue's name for it: its `catalogue` key, or else its own.
void set_whisper_defaults(core::Model& model, const std::string& published);

// The default where nobody has chosen one: of the catalogue's models whose file is there, the
// largest multilingual one, or else the largest. Nothing: there is none.
std::optional<std::string> largest_whisper_model(const core::ModelCatalogue& models);

// Once everything else is read: fills in files and the engine's program, adds the catalogue's
// models that have no section, and warns of what is missing.
void complete_whisper_models(Draft& draft);

}  // namespace transcribed::daemon
