// The daemon's command line.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "daemon/config.h"
#include "daemon/problems.h"

namespace transcribed::daemon {

struct Flags {
  // As given, by the setting's name ("resources.vram_per_job_mb").
  std::map<std::string, std::string> values;
  std::optional<std::string> config_file;
  bool check = false;
};

// The flags, or what --help and --version print. What is wrong with the command line goes into
// `problems`; the flags that are right are told all the same.
std::variant<Flags, EarlyExit> read_flags(int argc, const char* const* argv, Problems& problems);

}  // namespace transcribed::daemon
