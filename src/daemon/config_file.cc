#include "daemon/config_file.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>

#include "core/suggestion.h"
#include "daemon/config_models.h"
#include "daemon/toml_values.h"

namespace transcribed::daemon {
namespace {

using core::comma_list;
using core::did_you_mean;

constexpr int most_gpus = 65'536;
constexpr int most_slots = 1'000;
constexpr int most_threads = 1'024;

tl::expected<Value, std::string> value_of(const Setting& setting, const toml::node& node) {
  const auto as_value = [](auto&& typed) -> tl::expected<Value, std::string> {
    if (!typed) return tl::unexpected(typed.error());
    return Value(std::move(*typed));
  };
  switch (setting.type) {
    case ValueType::integer:
      return as_value(integer_of(node, setting.min, setting.max));
    case ValueType::boolean:
      return as_value(boolean_of(node));
    case ValueType::list:
      return as_value(list_of(node));
    case ValueType::text:
      break;
  }
  return as_value(text_of(node));
}

class FileReader {
 public:
  FileReader(const std::filesystem::path& path, Draft& draft) : path_(path), draft_(draft) {}

  void read(const toml::table& root) {
    for (const auto& [key, node] : root) {
      const std::string_view name = key.str();
      if (name == "gpus" || name == "models" || name == "cpu" || is_section(name)) {
        const toml::table* table = node.as_table();
        if (table == nullptr) {
          draft_.problems.refuse(name, where(key),
                                 "is " + kind_of(node) + "; write a section, [" +
                                     std::string(name) +
                                     (is_section(name) || name == "cpu" ? "]" : ".…]"));
        } else if (name == "gpus") {
          read_gpus(*table);
        } else if (name == "cpu") {
          read_cpu(*table);
        } else if (name == "models") {
          read_models(*table);
        } else {
          read_section(name, *table);
        }
      } else if (const Setting* setting = find_setting("", name)) {
        draft_.store(*setting, value_of(*setting, node), Source::file, where(key));
      } else {
        refuse_unknown("", key, top_level_names());
      }
    }
  }

 private:
  std::string where(const toml::key& key) const { return where(key.source()); }
  std::string where(const toml::source_region& region) const {
    return path_.string() + ":" + std::to_string(region.begin.line);
  }

  static const Setting* find_setting(std::string_view section, std::string_view key) {
    const auto all = settings();
    const auto found = std::ranges::find_if(
        all, [&](const Setting& row) { return row.section == section && row.key == key; });
    return found == all.end() ? nullptr : &*found;
  }

  static bool is_section(std::string_view name) {
    return !name.empty() &&
           std::ranges::any_of(settings(), [&](const Setting& row) { return row.section == name; });
  }

  static std::vector<std::string> keys_of(std::string_view section) {
    std::vector<std::string> keys;
    for (const Setting& row : settings()) {
      if (row.section == section) keys.emplace_back(row.key);
    }
    return keys;
  }

  static std::vector<std::string> top_level_names() {
    std::vector<std::string> names = {"cpu", "gpus", "models"};
    for (const Setting& row : settings()) {
      std::string name(row.section.empty() ? row.key : row.section);
      if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
    }
    return names;
  }

  void refuse_unknown(const std::string& section, const toml::key& key,
                      const std::vector<std::string>& known) {
    const std::string name(key.str());
    std::string hint;
    const auto all = settings();
    const auto elsewhere =
        std::ranges::find_if(all, [&](const Setting& row) { return row.key == name; });
    if (elsewhere != all.end()) {
      hint = elsewhere->section.empty()
                 ? "; it belongs at the top of the file, above every [section]"
                 : "; it belongs under [" + std::string(elsewhere->section) + "]";
    } else {
      hint = did_you_mean(name, known);
      if (hint.empty()) hint = "; the keys here are " + comma_list(known);
    }
    draft_.problems.refuse(section.empty() ? name : section + "." + name, where(key),
                           "is no key that transcribed knows" + hint);
  }

  void read_section(std::string_view section, const toml::table& table) {
    for (const auto& [key, node] : table) {
      if (const Setting* setting = find_setting(section, key.str())) {
        draft_.store(*setting, value_of(*setting, node), Source::file, where(key));
      } else {
        refuse_unknown(std::string(section), key, keys_of(section));
      }
    }
  }

  // A number, or "auto" as 0.
  std::optional<int> number_or_auto(const toml::key& key, const toml::node& node, int max) {
    if (node.value<std::string>() == "auto") return 0;
    const auto number = integer_of(node, 1, max);
    if (number) return static_cast<int>(*number);
    draft_.problems.refuse("cpu." + std::string(key.str()), where(key),
                           number.error() + ", or \"auto\"");
    return std::nullopt;
  }

  void read_cpu(const toml::table& table) {
    for (const auto& [key, node] : table) {
      if (key.str() == "slots") {
        if (const auto slots = number_or_auto(key, node, most_slots)) {
          draft_.config.resources.cpu_slots = *slots;
        }
      } else if (key.str() == "threads") {
        if (const auto threads = number_or_auto(key, node, most_threads)) {
          draft_.config.resources.cpu_threads = *threads;
        }
      } else {
        refuse_unknown("cpu", key, cpu_keys());
        continue;
      }
      draft_.origins["cpu." + std::string(key.str())] = where(key);
    }
  }

  void read_gpus(const toml::table& gpus) {
    for (const auto& [key, node] : gpus) {
      const std::string_view name = key.str();
      const std::string full = "gpus." + std::string(name);
      int id = -1;
      const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), id);
      if (error != std::errc() || end != name.data() + name.size() || id < 0 || id >= most_gpus ||
          std::to_string(id) != name) {
        draft_.problems.refuse(
            full, where(key), "names no GPU; write the number nvidia-smi gives it, as in [gpus.0]");
        continue;
      }
      if (const toml::table* table = node.as_table()) {
        read_gpu(id, full, *table);
        draft_.origins[full] = where(key);
      } else {
        draft_.problems.refuse(full, where(key),
                               "is " + kind_of(node) + "; write a section, [" + full + "]");
      }
    }
  }

  void read_gpu(int id, const std::string& section, const toml::table& table) {
    core::GpuSettings gpu;
    for (const auto& [key, node] : table) {
      const std::string name = section + "." + std::string(key.str());
      if (key.str() == "enabled") {
        const auto enabled = boolean_of(node);
        if (enabled) gpu.enabled = *enabled;
        if (!enabled) draft_.problems.refuse(name, where(key), enabled.error());
      } else if (key.str() == "slots") {
        const auto slots = integer_of(node, 0, most_slots);
        if (slots) gpu.slots = static_cast<int>(*slots);
        if (!slots) draft_.problems.refuse(name, where(key), slots.error());
      } else {
        refuse_unknown(section, key, gpu_keys());
      }
    }
    draft_.config.gpus[id] = gpu;
  }

  void read_models(const toml::table& models) {
    for (const auto& [key, node] : models) {
      const std::string full = "models." + std::string(key.str());
      if (const toml::table* table = node.as_table()) {
        draft_.origins[full] = where(key);
        const auto place = [this](const toml::source_region& region) { return where(region); };
        read_model(std::string(key.str()), where(key), *table, path_.parent_path(), place, draft_);
      } else {
        draft_.problems.refuse(full, where(key),
                               "is " + kind_of(node) + "; write a section, [" + full + "]");
      }
    }
  }

  std::filesystem::path path_;
  Draft& draft_;
};

// Nothing, with errno set, when the file cannot be read.
std::optional<std::string> content_of(const std::filesystem::path& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return std::nullopt;
  if (S_ISDIR(info.st_mode)) {
    errno = EISDIR;
    return std::nullopt;
  }
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string content((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (file.bad() || !file.is_open()) {
    if (errno == 0) errno = EIO;
    return std::nullopt;
  }
  return content;
}

bool others_may_read(const std::filesystem::path& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && (info.st_mode & S_IROTH) != 0;
}

}  // namespace

std::vector<std::string> cpu_keys() { return {"slots", "threads"}; }
std::vector<std::string> gpu_keys() { return {"enabled", "slots"}; }

void read_config_file(const std::filesystem::path& path, std::string_view named_by, Draft& draft) {
  const auto content = content_of(path);
  if (!content) {
    draft.problems.refuse("The config file " + path.string(), named_by,
                          std::string("cannot be read: ") + std::strerror(errno) +
                              "; name one that can, or leave it out to go by the defaults");
    return;
  }
  try {
    const toml::table root = toml::parse(*content, path.string());
    FileReader(path, draft).read(root);
  } catch (const toml::parse_error& error) {
    const auto begin = error.source().begin;
    draft.problems.refuse("The config file", path.string() + ":" + std::to_string(begin.line),
                          "is not TOML at column " + std::to_string(begin.column) + ": " +
                              std::string(error.description()));
    return;
  }
  const auto key_from = draft.origins.find("server.api_key");
  if (key_from != draft.origins.end() && others_may_read(path)) {
    draft.problems.warn("server.api_key", key_from->second,
                        "can be read by every user of this machine; make the file private with "
                        "chmod o-r, or set TRANSCRIBED_API_KEY in its place");
  }
}

}  // namespace transcribed::daemon
