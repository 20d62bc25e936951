// Where things lie when nobody says otherwise: one rule for the daemon and the command. Pure; paths
// are absolute or empty, where they cannot be known.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace transcribed::core {

// A variable of the environment; nothing where it is not set or empty.
using Variable = std::function<std::optional<std::string>(std::string_view name)>;

// /var/lib/transcribed as root, else $XDG_DATA_HOME/transcribed or $HOME/.local/share/transcribed
// (the XDG base directory specification, which ignores relative paths).
std::string default_data_dir(bool root, const Variable& variable);

// Where Whisper models lie in a data folder: DATA_DIR/models.
std::string models_dir_in(const std::string& data_dir);

}  // namespace transcribed::core
