// The config file's reader.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/config_draft.h"

namespace transcribed::daemon {

// `named_by` says who named the file ("flag --config"); empty: nobody, it lies in a usual place.
void read_config_file(const std::filesystem::path& path, std::string_view named_by, Draft& draft);

// The keys of [cpu], [gpus.N] and [models.NAME].
std::vector<std::string> cpu_keys();
std::vector<std::string> gpu_keys();
std::vector<std::string> model_keys();

}  // namespace transcribed::daemon
