#include "daemon/config.h"

#include <unistd.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "adapters/api_keys.h"
#include "core/default_folders.h"
#include "core/suggestion.h"
#include "core/vram_cost.h"
#include "daemon/config_draft.h"
#include "daemon/config_file.h"
#include "daemon/config_flags.h"
#include "daemon/config_models.h"
#include "daemon/data_folder.h"
#include "daemon/listen_address.h"
#include "daemon/model_files.h"

namespace transcribed::daemon {
namespace {

namespace fs = std::filesystem;
using core::closest;

// An empty variable counts as one that is not set.
std::optional<std::string> variable(const Surroundings& around, std::string_view name) {
  const auto found = around.environment.find(name);
  if (found == around.environment.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

// $NAME/..., or $HOME/rest/...; the XDG specification ignores relative paths.
std::optional<fs::path> user_folder(const Surroundings& around, std::string_view name,
                                    std::string_view rest) {
  const fs::path own(variable(around, name).value_or(""));
  if (own.is_absolute()) return own;
  const fs::path home(variable(around, "HOME").value_or(""));
  if (home.is_absolute()) return home / rest;
  return std::nullopt;
}

void set_defaults(const Surroundings& around, Draft& draft) {
  if (auto path = variable(around, "PATH")) draft.program_path = std::move(*path);
  draft.config.data_dir = core::default_data_dir(
      around.root, [&](std::string_view name) { return variable(around, name); });
  draft.config.libexec_dir =
      (around.executable.parent_path() / "../libexec/transcribed").lexically_normal();
}

struct ChosenFile {
  fs::path path;
  std::string named_by;
};

std::optional<ChosenFile> choose_file(const Flags& flags, const Surroundings& around) {
  if (flags.config_file) return ChosenFile{*flags.config_file, "flag --config"};
  if (auto named = variable(around, "TRANSCRIBED_CONFIG")) {
    return ChosenFile{*named, "variable TRANSCRIBED_CONFIG"};
  }
  // A user's own file comes before the machine's.
  std::vector<fs::path> usual;
  if (!around.root) {
    if (auto folder = user_folder(around, "XDG_CONFIG_HOME", ".config")) {
      usual.push_back(*folder / "transcribed/transcribed.toml");
    }
  }
  usual.push_back(around.system_config_file);
  for (const fs::path& path : usual) {
    std::error_code ignored;
    if (fs::exists(path, ignored)) return ChosenFile{path, ""};
  }
  return std::nullopt;
}

void read_variables(const Surroundings& around, Draft& draft) {
  constexpr std::string_view prefix = "TRANSCRIBED_";
  std::vector<std::string> known = {"CONFIG"};
  for (const Setting& setting : settings()) {
    known.push_back(setting.variable().substr(prefix.size()));
    if (const auto text = variable(around, setting.variable())) {
      draft.store(setting, read_value(setting, *text), Source::variable,
                  "variable " + setting.variable());
    }
  }
  for (const auto& [name, value] : around.environment) {
    if (!name.starts_with(prefix)) continue;
    const std::string own = name.substr(prefix.size());
    if (std::ranges::find(known, own) != known.end()) continue;
    // Others may have variables that begin so; only what looks like a slip is worth a word.
    if (const auto meant = closest(own, known)) {
      draft.problems.warnings.push_back("The variable " + name + " has no effect; did you mean " +
                                        std::string(prefix) + *meant + "?");
    }
  }
}

void read_flag_values(const Flags& flags, Draft& draft) {
  for (const Setting& setting : settings()) {
    const auto given = flags.values.find(setting.name());
    if (given == flags.values.end()) continue;
    draft.store(setting, read_value(setting, given->second), Source::flag,
                "flag " + setting.flag());
  }
}

// A file that cannot be read lets nobody in, so it is as good as a key here.
bool has_keys(const Config& config) {
  const auto keys = adapters::read_api_keys(DataFolder{config.data_dir}.api_keys());
  return !keys || !keys->empty();
}

// What only the whole shows.
void check_together(Draft& draft) {
  const Config& config = draft.config;
  if (config.data_dir.empty()) {
    draft.problems.refuse("storage.data_dir", "",
                          "has no default, because HOME is not set; give --data-dir");
  }
  if (!is_loopback(config.listen) && config.api_key.empty() && !has_keys(config)) {
    draft.problems.refuse("server.listen", draft.origins["server.listen"],
                          "is " + to_string(config.listen) +
                              ", which other machines can reach, and there is no API key; make one "
                              "with transcribed keys add NAME, set the variable "
                              "TRANSCRIBED_API_KEY (or server.api_key in the config file), or "
                              "listen on 127.0.0.1");
  }
}

// As long as nothing was measured, where that would count.
std::string vram_of(const core::Model& model, const core::ResourcePolicy& policy) {
  if (policy.vram_accounting == core::VramAccounting::per_job) {
    return fmt::format("{} MB VRAM", model.vram_mb.value_or(policy.vram_per_job_mb));
  }
  const core::VramCost cost = core::vram_cost(model, {}, policy);
  if (cost.weights_mb == 0) return fmt::format("{} MB VRAM", cost.per_job_mb);
  return fmt::format("{} MB VRAM and {} MB a job", cost.weights_mb, cost.per_job_mb);
}

std::string one_model(const core::Model& model, const core::ResourcePolicy& policy) {
  std::string text = fmt::format("engine {}, {}, {} MB RAM", model.engine, vram_of(model, policy),
                                 model.ram_mb.value_or(policy.ram_per_job_mb));
  if (!model.file.empty()) text += ", file " + model.file;
  std::string command;
  for (const std::string& word : model.command) command += (command.empty() ? "" : " ") + word;
  return text + ", runs " + command;
}

std::string describe(const Draft& draft, const std::optional<ChosenFile>& file) {
  const Config& config = draft.config;
  std::string text = "ok\n";
  for (const std::string& warning : draft.problems.warnings) text += "warning: " + warning + "\n";
  text += fmt::format("{:<30} {}\n", "config file", file ? file->path.string() : "none");
  const auto line = [&](const std::string& name, const std::string& value) {
    const auto origin = draft.origins.find(name);
    text += fmt::format("{:<30} {}  ({})\n", name, value,
                        origin == draft.origins.end() ? "default" : origin->second);
  };
  for (const Setting& setting : settings()) line(setting.name(), setting.show(config));
  const auto or_auto = [](int number) { return number == 0 ? "auto" : std::to_string(number); };
  const core::ResourcePolicy& policy = config.resources;
  const int default_slots = policy.vram_accounting == core::VramAccounting::ledger ? 0 : 1;
  line("cpu.slots", or_auto(policy.cpu_slots.value_or(default_slots)));
  line("cpu.threads", or_auto(policy.cpu_threads));
  for (const auto& [id, gpu] : config.gpus) {
    line("gpus." + std::to_string(id), !gpu.enabled ? "set aside"
                                       : gpu.slots  ? fmt::format("{} slots", *gpu.slots)
                                                    : "slots by VRAM");
  }
  for (const auto& [name, model] : config.models) {
    if (model.implied && config.default_model != name && why_unavailable(model)) continue;
    line("models." + name, one_model(model, config.resources));
  }
  return text;
}

// Everything that somebody may have set; the file there was.
std::optional<ChosenFile> read_sources(const Flags& flags, const Surroundings& surroundings,
                                       Draft& draft) {
  set_defaults(surroundings, draft);
  auto file = choose_file(flags, surroundings);
  if (file) read_config_file(file->path, file->named_by, draft);
  read_variables(surroundings, draft);
  read_flag_values(flags, draft);
  return file;
}

std::string every(const Problems& problems) {
  std::string text;
  for (const std::string& error : problems.errors) text += "error: " + error + "\n";
  for (const std::string& warning : problems.warnings) text += "warning: " + warning + "\n";
  return text;
}

}  // namespace

Surroundings Surroundings::of_this_process() {
  Surroundings around;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    around.environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  around.root = ::geteuid() == 0;
  std::error_code ignored;
  around.executable = fs::read_symlink("/proc/self/exe", ignored);
  return around;
}

tl::expected<std::filesystem::path, EarlyExit> find_data_dir(int argc, const char* const* argv,
                                                             const Surroundings& surroundings) {
  Draft draft;
  auto read = read_flags(argc, argv, draft.problems);
  if (auto* exit = std::get_if<EarlyExit>(&read)) return tl::unexpected(std::move(*exit));
  read_sources(std::get<Flags>(read), surroundings, draft);
  if (!draft.problems.errors.empty()) {
    return tl::unexpected(EarlyExit{every(draft.problems), 1, true});
  }
  if (draft.config.data_dir.empty()) {
    return tl::unexpected(
        EarlyExit{"error: storage.data_dir has no default, because HOME is not set; give "
                  "--data-dir\n",
                  1, true});
  }
  return draft.config.data_dir;
}

tl::expected<Config, EarlyExit> load_config(int argc, const char* const* argv,
                                            const Surroundings& surroundings) {
  Draft draft;
  auto read = read_flags(argc, argv, draft.problems);
  if (auto* exit = std::get_if<EarlyExit>(&read)) return tl::unexpected(std::move(*exit));
  const Flags& flags = std::get<Flags>(read);
  const auto file = read_sources(flags, surroundings, draft);
  if (draft.config.models_dir.empty()) {
    draft.config.models_dir = core::models_dir_in(draft.config.data_dir.string());
  }
  complete_models(draft);
  check_together(draft);

  if (!draft.problems.errors.empty()) {
    return tl::unexpected(EarlyExit{every(draft.problems), 1, !flags.check});
  }
  if (flags.check) return tl::unexpected(EarlyExit{describe(draft, file), 0, false});
  draft.config.warnings = std::move(draft.problems.warnings);
  return std::move(draft.config);
}

std::vector<std::string> config_keys() {
  std::vector<std::string> keys;
  for (const Setting& setting : settings()) keys.push_back(setting.name());
  for (const std::string& key : cpu_keys()) keys.push_back("cpu." + key);
  for (const std::string& key : gpu_keys()) keys.push_back("gpus.N." + key);
  for (const std::string& key : model_keys()) keys.push_back("models.NAME." + key);
  return keys;
}

}  // namespace transcribed::daemon
