#include "core/default_folders.h"

namespace transcribed::core {
namespace {

std::optional<std::string> absolute(const Variable& variable, std::string_view name) {
  auto value = variable(name);
  if (value && !value->starts_with('/')) value.reset();
  return value;
}

}  // namespace

std::string default_data_dir(bool root, const Variable& variable) {
  if (root) return "/var/lib/transcribed";
  if (const auto data = absolute(variable, "XDG_DATA_HOME")) return *data + "/transcribed";
  if (const auto home = absolute(variable, "HOME")) return *home + "/.local/share/transcribed";
  return {};
}

std::string models_dir_in(const std::string& data_dir) {
  if (data_dir.empty()) return {};
  return data_dir + (data_dir.ends_with('/') ? "models" : "/models");
}

}  // namespace transcribed::core
