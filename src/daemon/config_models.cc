#include "daemon/config_models.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/program_search.h"
#include "core/suggestion.h"
#include "core/whisper_models.h"
#include "daemon/config_file.h"
#include "daemon/config_whisper.h"
#include "daemon/toml_values.h"

namespace transcribed::daemon {
namespace {

namespace fs = std::filesystem;
using core::comma_list;
using core::did_you_mean;
using core::EngineKind;
using core::Model;

constexpr std::int64_t most_mb = 100'000'000;
constexpr std::int64_t a_day_s = 86'400;

const std::vector<std::string> placeholders = {"{audio}", "{model}", "{language}", "{output}",
                                               "{device}"};

// Every {word} in small letters; other braces (JSON, a shell's) are the program's own business.
std::vector<std::string> placeholders_in(std::string_view text) {
  std::vector<std::string> found;
  for (auto open = text.find('{'); open != std::string_view::npos;
       open = text.find('{', open + 1)) {
    const auto end = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz_", open + 1);
    if (end == std::string_view::npos || text[end] != '}' || end == open + 1) continue;
    found.emplace_back(text.substr(open, end - open + 1));
  }
  return found;
}

bool is_good_name(std::string_view name) {
  constexpr std::string_view letters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-:+@";
  return !name.empty() && name.size() <= 100 &&
         name.find_first_not_of(letters) == std::string_view::npos;
}

// What `word` names beside the config file, if that is there: an engine's working folder is a
// temporary one, where a relative name would lead nowhere.
std::optional<std::string> beside(const fs::path& folder, const std::string& word) {
  if (word.empty() || word.front() == '-' || word.front() == '/') return std::nullopt;
  std::error_code error;
  const fs::path full = fs::absolute(folder / word, error).lexically_normal();
  if (error || !fs::exists(full, error)) return std::nullopt;
  return full.string();
}

// The same for a word of a command, where "." and the like are not meant for us.
std::optional<std::string> file_beside(const fs::path& folder, const std::string& word) {
  auto full = beside(folder, word);
  std::error_code error;
  return full && fs::is_regular_file(*full, error) ? full : std::nullopt;
}

class ModelReader {
 public:
  ModelReader(const std::string& name, const fs::path& folder,
              const std::function<std::string(const toml::source_region&)>& place, Draft& draft)
      : section_("models." + name), folder_(folder), place_(place), draft_(draft) {
    model_.name = name;
  }

  void read(const toml::table& table, const std::string& where) {
    if (!is_good_name(model_.name)) {
      draft_.problems.refuse(section_, where,
                             "is no name for a model; use letters, digits and . _ - : + @ only");
    }
    read_engine(table, where);
    for (const auto& [key, node] : table) read_key(key, node);
    check_command(where);
    draft_.config.models[model_.name] = std::move(model_);
  }

 private:
  void refuse(const toml::key& key, std::string_view complaint) {
    draft_.problems.refuse(section_ + "." + std::string(key.str()), place_(key.source()),
                           complaint);
  }

  // First, because the other keys depend on it.
  void read_engine(const toml::table& table, const std::string& where) {
    const std::vector<std::string> engines = {"whisper", "pocketsphinx", "command", "worker"};
    const toml::node* node = table.get("engine");
    if (node == nullptr) {
      draft_.problems.refuse(section_, where,
                             "does not say its engine; add engine = \"whisper\", \"command\", "
                             "\"worker\" or \"pocketsphinx\"");
      return;
    }
    const std::string place = place_(node->source());
    const auto engine = text_of(*node);
    if (!engine) {
      draft_.problems.refuse(section_ + ".engine", place, engine.error());
    } else if (std::ranges::find(engines, *engine) == engines.end()) {
      draft_.problems.refuse(
          section_ + ".engine", place,
          "is " + in_quotes(*engine) +
              ", which is no engine; use \"whisper\", \"command\", \"worker\" or "
              "\"pocketsphinx\"" +
              did_you_mean(*engine, engines));
    } else {
      model_.engine = *engine;
      model_.kind = *engine == "command" ? EngineKind::command : EngineKind::worker;
      if (*engine == built_in_engine) {
        // It runs on the CPU; measured at 100 to 112 MB, and the decoded audio beside it.
        model_.vram_mb = 0;
        model_.ram_mb = 300;
      } else if (*engine == whisper_engine) {
        set_whisper_defaults(model_, published_name(table));
      }
    }
  }

  // What `catalogue` says, where it says anything, or else the model's own name.
  std::string published_name(const toml::table& table) const {
    return table["catalogue"].value<std::string>().value_or(model_.name);
  }

  void read_catalogue(const toml::key& key, const toml::node& node) {
    const auto published = text_of(node);
    if (!published) {
      refuse(key, published.error());
    } else if (model_.engine != whisper_engine) {
      refuse(key, "means nothing to this engine; remove it, or use engine = \"whisper\"");
    } else if (core::find_whisper_model(*published) == nullptr) {
      std::vector<std::string> names;
      for (const auto& one : core::whisper_models()) names.emplace_back(one.name);
      refuse(key, "is " + in_quotes(*published) +
                      ", which is no published model; `transcribe models` lists them" +
                      did_you_mean(*published, names));
    }
  }

  void read_key(const toml::key& key, const toml::node& node) {
    const std::string_view name = key.str();
    if (name == "engine") return;
    if (name == "command") {
      read_command(key, node);
    } else if (name == "file") {
      read_file(key, node);
    } else if (name == "vad_file") {
      read_vad_file(key, node);
    } else if (name == "catalogue") {
      read_catalogue(key, node);
    } else if (name == "vram_mb") {
      read_number(key, node, 0, most_mb, [this](auto n) { model_.vram_mb = n; });
    } else if (name == "ram_mb") {
      read_number(key, node, 0, most_mb, [this](auto n) { model_.ram_mb = n; });
    } else if (name == "weights_mb") {
      read_number(key, node, 0, most_mb, [this](auto n) { model_.weights_mb = n; });
    } else if (name == "state_mb") {
      read_number(key, node, 1, most_mb, [this](auto n) { model_.state_mb = n; });
    } else if (name == "silence_timeout_s") {
      read_number(key, node, 0, a_day_s,
                  [this](auto n) { model_.silence_timeout = std::chrono::seconds(n); });
    } else if (name == "jobs_per_process" || name == "threads" || name == "idle_timeout_s" ||
               name == "sharing") {
      read_worker_key(key, node);
    } else {
      const std::string hint = did_you_mean(name, model_keys());
      refuse(key, "is no key that transcribed knows" +
                      (hint.empty() ? "; the keys here are " + comma_list(model_keys()) : hint));
    }
  }

  void read_worker_key(const toml::key& key, const toml::node& node) {
    if (model_.engine == "command") {
      refuse(key, "means nothing to a command engine, which runs one process a job; remove it");
    } else if (key.str() == "jobs_per_process") {
      read_number(key, node, 1, 1'000,
                  [this](auto n) { model_.jobs_per_process = static_cast<int>(n); });
    } else if (key.str() == "sharing") {
      read_sharing(key, node);
    } else if (key.str() == "threads" && node.value<std::string>() == "auto") {
      model_.threads = 0;
    } else if (key.str() == "threads") {
      read_number(key, node, 1, 1'024, [this](auto n) { model_.threads = static_cast<int>(n); });
    } else {
      read_number(key, node, 0, 7 * a_day_s,
                  [this](auto n) { model_.idle_timeout = std::chrono::seconds(n); });
    }
  }

  void read_sharing(const toml::key& key, const toml::node& node) {
    const auto word = text_of(node);
    if (!word) {
      refuse(key, word.error());
    } else if (*word == "model" || *word == "none") {
      model_.sharing = *word == "model" ? core::Sharing::model : core::Sharing::none;
    } else {
      refuse(key, "is " + in_quotes(*word) +
                      "; use \"model\" (one process with many jobs on each GPU) or \"none\" (a "
                      "process a job)" +
                      did_you_mean(*word, {"model", "none"}));
    }
  }

  template <typename Store>
  void read_number(const toml::key& key, const toml::node& node, std::int64_t min, std::int64_t max,
                   Store store) {
    const auto number = integer_of(node, min, max);
    if (number) {
      store(*number);
    } else {
      refuse(key, number.error());
    }
  }

  void read_file(const toml::key& key, const toml::node& node) {
    const auto file = text_of(node);
    if (!file) {
      refuse(key, file.error());
      return;
    }
    model_.file = beside(folder_, *file).value_or(*file);
    if (model_.engine == whisper_engine) {
      if (file->empty()) refuse(key, "is empty; name the model's file, or remove it");
      // Always a file; and its absence is told later, with what can be done.
      std::error_code unknown;
      model_.file = fs::absolute(folder_ / *file, unknown).lexically_normal().string();
      return;
    }
    std::error_code ignored;
    if (model_.file.starts_with('/') && !fs::exists(model_.file, ignored)) {
      draft_.problems.warn(section_ + ".file", place_(key.source()),
                           "is " + in_quotes(*file) + ", which is not there now");
    }
  }

  void read_vad_file(const toml::key& key, const toml::node& node) {
    const auto file = text_of(node);
    if (!file) {
      refuse(key, file.error());
    } else if (model_.engine != whisper_engine) {
      refuse(key, "means nothing to this engine; remove it, or use engine = \"whisper\"");
    } else if (file->empty()) {
      refuse(key, "is empty; name the file of a model for voice activity detection, or remove it");
    } else {
      // As with `file`, its absence is told later.
      std::error_code unknown;
      model_.vad_file = fs::absolute(folder_ / *file, unknown).lexically_normal().string();
    }
  }

  void read_command(const toml::key& key, const toml::node& node) {
    command_given_ = true;
    if (model_.engine == built_in_engine || model_.engine == whisper_engine) {
      refuse(key,
             "is not for this engine, which brings its own program; remove it, or use engine "
             "= \"worker\"");
      return;
    }
    auto command = list_of(node);
    if (!command) {
      refuse(key, node.is_string() ? "is a string; write each word as an entry of its own, such as "
                                     "[\"python3\", \"engine.py\", \"{audio}\"]"
                                   : command.error());
      return;
    }
    if (command->empty() || command->front().empty()) {
      refuse(key, "names no program; its first entry must be one");
      return;
    }
    check_placeholders(key, *command);
    // A bare program name is looked up on PATH, as everywhere.
    for (std::size_t i = 0; i < command->size(); ++i) {
      std::string& word = (*command)[i];
      if (i == 0 && word.find('/') == std::string::npos) continue;
      if (auto full = file_beside(folder_, word)) word = *full;
    }
    warn_of_program(key, command->front());
    model_.command = std::move(*command);
  }

  // It may be installed later, so this is no reason to refuse.
  void warn_of_program(const toml::key& key, const std::string& program) {
    if (!placeholders_in(program).empty()) return;
    const auto found = adapters::find_program(program, draft_.program_path);
    const bool relative = program.front() != '/' && program.find('/') != std::string::npos;
    if (!found.program.empty() && !relative) return;
    std::string why = "is not on PATH";
    if (relative) {
      why = "is not beside the config file";
    } else if (!found.not_executable.empty()) {
      why = "is not executable (" + found.not_executable + ")";
    } else if (program.front() == '/') {
      why = "is not there";
    }
    draft_.problems.warn(section_ + ".command", place_(key.source()),
                         "starts " + in_quotes(program) + ", which " + why +
                             "; until it is, jobs of this model fail");
  }

  void check_placeholders(const toml::key& key, const std::vector<std::string>& command) {
    bool names_audio = false;
    for (const std::string& word : command) {
      for (const std::string& found : placeholders_in(word)) {
        names_audio = names_audio || found == "{audio}";
        if (model_.engine == "worker") {
          refuse(key, "holds " + found +
                          ", but a worker is told of its jobs on standard input; remove it, or use "
                          "engine = \"command\"");
        } else if (std::ranges::find(placeholders, found) == placeholders.end()) {
          refuse(key, "holds " + found + ", which stands for nothing; there are " +
                          comma_list(placeholders) + did_you_mean(found, placeholders));
        }
      }
    }
    if (model_.engine == "command" && !names_audio) {
      refuse(key, "does not say where the recording goes; add \"{audio}\" as an entry");
    }
  }

  void check_command(const std::string& where) {
    if (command_given_ || (model_.engine != "command" && model_.engine != "worker")) return;
    draft_.problems.refuse(section_, where,
                           "has engine " + in_quotes(model_.engine) +
                               " and no command; add command = [\"PROGRAM\", …" +
                               (model_.engine == "command" ? ", \"{audio}\"]" : "]"));
  }

  std::string section_;
  fs::path folder_;
  const std::function<std::string(const toml::source_region&)>& place_;
  Draft& draft_;
  Model model_;
  bool command_given_ = false;
};

std::vector<std::string> names_of(const core::ModelCatalogue& models) {
  std::vector<std::string> names;
  for (const auto& [name, model] : models) names.push_back(name);
  return names;
}

}  // namespace

std::vector<std::string> model_keys() {
  return {"engine",  "command",           "file",           "catalogue",        "vram_mb",
          "ram_mb",  "weights_mb",        "state_mb",       "jobs_per_process", "sharing",
          "threads", "silence_timeout_s", "idle_timeout_s", "vad_file"};
}

void read_model(const std::string& name, const std::string& where, const toml::table& table,
                const fs::path& folder,
                const std::function<std::string(const toml::source_region&)>& place, Draft& draft) {
  ModelReader(name, folder, place, draft).read(table, where);
}

void complete_models(Draft& draft) {
  core::ModelCatalogue& models = draft.config.models;
  const std::vector<std::string> configured = names_of(models);
  if (!models.contains(built_in_engine)) {
    Model model;
    model.name = built_in_engine;
    model.engine = built_in_engine;
    model.vram_mb = 0;
    model.ram_mb = 300;
    models[model.name] = model;
  }
  const fs::path engine = draft.config.libexec_dir / "transcribed-engine-pocketsphinx";
  bool uses_engine = false;
  for (auto& [name, model] : models) {
    if (model.engine != built_in_engine) continue;
    model.command = {engine.string()};
    uses_engine = true;
  }
  if (uses_engine && ::access(engine.c_str(), X_OK) != 0) {
    draft.problems.warnings.push_back("The engine pocketsphinx, " + engine.string() +
                                      ", cannot be run, so its jobs will fail; install it, or set "
                                      "libexec_dir to where it is.");
  }

  complete_whisper_models(draft);

  auto& chosen = draft.config.default_model;
  if (!chosen && configured.empty()) chosen = largest_whisper_model(models);
  if (!chosen && configured.empty()) chosen = built_in_engine;
  if (!chosen && configured.size() == 1) chosen = configured.front();
  if (chosen && !models.contains(*chosen)) {
    // Those of the catalogue can be named without a section, too.
    std::vector<std::string> names = names_of(models);
    std::vector<std::string> nameable = names;
    for (const auto& published : core::whisper_models()) nameable.emplace_back(published.name);
    std::erase_if(names, [&](const std::string& name) { return models.at(name).implied; });
    draft.problems.refuse(
        "default_model", draft.origins["default_model"],
        "is " + in_quotes(*chosen) + ", but no such model is configured; add a section [models." +
            *chosen + "], name one of these: " + comma_list(names) +
            ", or a published Whisper model, such as small" + did_you_mean(*chosen, nameable));
  }
}

}  // namespace transcribed::daemon
