// Which models folder the command works on. Pure.
#pragma once

#include <string>

#include <tl/expected.hpp>

#include "core/default_folders.h"

namespace transcribed::client {

struct ModelsPlace {
  std::string folder;  // absolute, or as the user wrote it
  // It is the one that the server on this machine told of: what is put there, it can serve.
  bool of_server = false;
};

// --models-dir, else TRANSCRIBED_MODELS_DIR, else what a server on this machine says (`served_dir`,
// "" where none does), else TRANSCRIBED_DATA_DIR's, else the daemon's default. The error is a
// sentence.
tl::expected<ModelsPlace, std::string> choose_models_place(const std::string& flag,
                                                           const core::Variable& variable,
                                                           const std::string& served_dir,
                                                           bool root);

// Whether a server of this address shares our disk: it is a loopback address, or "localhost".
bool is_this_machine(const std::string& host);

}  // namespace transcribed::client
