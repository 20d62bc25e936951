// The [models.NAME] sections.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include <toml++/toml.h>

#include "daemon/config_draft.h"

namespace transcribed::daemon {

// Reads one section. `folder` is the config file's: names relative to it are made absolute where
// such a file is there. `place` turns a place in the file into "FILE:LINE".
void read_model(const std::string& name, const std::string& where, const toml::table& table,
                const std::filesystem::path& folder,
                const std::function<std::string(const toml::source_region&)>& place, Draft& draft);

// Once everything is read: adds the built-in model, fills in the engines' commands, settles the
// default model.
void complete_models(Draft& draft);

// The name of the model, and of the engine, that this build brings along.
inline constexpr const char* built_in_engine = "pocketsphinx";

}  // namespace transcribed::daemon
