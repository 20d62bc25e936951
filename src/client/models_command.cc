// transcribe models, models pull, models add, models rm.
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "adapters/models_folder.h"
#include "client/command_line.h"
#include "client/exit_status.h"
#include "client/live_area.h"
#include "client/model_table.h"
#include "client/models_place.h"
#include "client/pull_session.h"
#include "client/result_file.h"
#include "client/served_models.h"
#include "client/signal_watch.h"
#include "client/terminal_text.h"
#include "core/suggestion.h"
#include "core/whisper_models.h"
#include "wire/json_text.h"

namespace transcribed::client {
namespace {

struct ModelsArguments {
  std::string models_dir;
  bool as_json = false;
  bool served_only = false;
  std::vector<std::string> names;
  std::string from;
  bool quiet = false;
  std::string file;
  std::string name;
  bool link = false;
  bool yes = false;
};

std::optional<std::string> variable(std::string_view name) {
  const char* value = std::getenv(std::string(name).c_str());
  if (value == nullptr || *value == '\0') return std::nullopt;
  return std::string(value);
}

ApiResult<ServedModels> ask_server(const Context& context) {
  JobApi api(context.server, context.api_key);
  auto answer = api.object("/api/models");
  if (!answer) return tl::make_unexpected(std::move(answer.error()));
  auto served = read_served_models(*answer);
  if (!served) {
    return tl::make_unexpected(
        ApiProblem{ApiProblem::Kind::not_transcribed,
                   "the server's list of models is not one this version can read", std::nullopt});
  }
  return std::move(*served);
}

tl::expected<ModelsPlace, std::string> place_of(const Context& context,
                                                const ModelsArguments& arguments,
                                                const std::optional<ServedModels>& served) {
  const bool shares_disk = served && is_this_machine(context.server.host);
  return choose_models_place(arguments.models_dir, variable, shares_disk ? served->models_dir : "",
                             ::geteuid() == 0);
}

// The server is asked only where its answer could count.
std::optional<ServedModels> server_here(const Context& context) {
  if (!is_this_machine(context.server.host)) return std::nullopt;
  auto served = ask_server(context);
  if (!served) return std::nullopt;
  return std::move(*served);
}

int list(const Context& context, const ModelsArguments& arguments) {
  const auto answer = ask_server(context);
  if (arguments.served_only) {
    if (!answer) return fail(answer.error());
    std::string out;
    for (const ServedModel& model : answer->models) {
      if (model.available) out += escape_controls(model.name) + "\n";
    }
    return print_out(out) ? exit_success : exit_some_failed;
  }
  std::optional<ServedModels> served;
  if (answer) {
    served = *answer;
  } else {
    complain(answer.error().sentence + "; so what it serves is not listed");
  }
  const auto place = place_of(context, arguments, served);
  if (!place) {
    complain(place.error());
    return exit_usage;
  }
  const auto rows = gather_models(adapters::list_models(place->folder), served);
  if (arguments.as_json) {
    const auto all = models_json(rows, place->folder, served.has_value());
    return print_out(wire::to_text(all) + "\n") ? exit_success : exit_some_failed;
  }
  const int width = stdout_is_terminal() ? terminal_size(STDOUT_FILENO).columns : 0;
  const std::string out =
      models_table(rows, served.has_value(), width) +
      fmt::format("\nHERE is {}. `transcribe models pull NAME` fetches a model into it.\n",
                  escape_controls(place->folder));
  return print_out(out) ? exit_success : exit_some_failed;
}

const core::WhisperModel* known_model(const std::string& name) {
  const core::WhisperModel* model = core::find_whisper_model(name);
  if (model != nullptr) return model;
  std::vector<std::string> names;
  for (const core::WhisperModel& one : core::whisper_models()) names.emplace_back(one.name);
  complain(
      fmt::format("there is no published model {} (`transcribe models` lists them, `transcribe "
                  "models add FILE` brings in one of your own){}",
                  escape_controls(name), core::did_you_mean(name, names)));
  return nullptr;
}

// What has to be done so that a job can name it.
void tell_how_to_use(const std::string& name, const ModelsPlace& place, bool served) {
  if (served) {
    complain(fmt::format("use it with `transcribe --model {} FILE`", name));
  } else if (core::find_whisper_model(name) == nullptr) {
    complain(
        fmt::format("to use it, add [models.\"{0}\"] with engine = \"whisper\" to the "
                    "server's config file, restart it, and name it: `transcribe --model {0} "
                    "FILE`",
                    name));
  } else if (!place.of_server) {
    complain(fmt::format("a server whose models_dir is {} serves it: `transcribe --model {} FILE`",
                         escape_controls(place.folder), name));
  }
}

bool is_served(const Context& context, const std::string& name) {
  const auto served = server_here(context);
  if (!served) return false;
  for (const ServedModel& model : served->models) {
    if (model.name == name && model.available) return true;
  }
  return false;
}

int pull(const Context& context, const ModelsArguments& arguments) {
  std::vector<const core::WhisperModel*> models;
  for (const std::string& name : arguments.names) {
    models.push_back(known_model(name));
    if (models.back() == nullptr) return exit_usage;
  }
  PullSettings settings;
  settings.quiet = arguments.quiet;
  if (!arguments.from.empty()) settings.options.base_url = arguments.from;
  std::string& url = settings.options.base_url;
  while (url.ends_with('/')) url.pop_back();
  if ((!url.starts_with("https://") && !url.starts_with("http://")) ||
      adapters::host_of(url).empty()) {
    complain(
        fmt::format("--from takes the address of a folder with model files, such as {}, not "
                    "\"{}\"",
                    adapters::official_models_url, escape_controls(url)));
    return exit_usage;
  }
  const auto place = place_of(context, arguments, server_here(context));
  if (!place) {
    complain(place.error());
    return exit_usage;
  }
  settings.options.folder = place->folder;
  int worst = exit_success;
  for (const core::WhisperModel* model : models) {
    const int status = run_pull(*model, settings);
    if (status == exit_interrupted) return status;
    worst = worst == exit_success ? status : worst;
    if (status == exit_success && !arguments.quiet) {
      tell_how_to_use(std::string(model->name), *place,
                      is_served(context, std::string(model->name)));
    }
  }
  return worst;
}

int add(const Context& context, const ModelsArguments& arguments) {
  const std::filesystem::path file(arguments.file);
  std::string name = arguments.name;
  if (name.empty()) name = core::whisper_name_of_file(file.filename().string());
  if (name.empty()) name = file.stem().string();
  if (!adapters::is_model_name(name)) {
    complain(
        fmt::format("\"{}\" is no name for a model; give one of letters, digits and . _ - "
                    "with --name",
                    escape_controls(name)));
    return exit_usage;
  }
  const auto place = place_of(context, arguments, server_here(context));
  if (!place) {
    complain(place.error());
    return exit_usage;
  }
  if (const auto wrong = adapters::make_models_folder(place->folder)) {
    complain(escape_controls(*wrong));
    return exit_some_failed;
  }
  SignalWatch signals;
  adapters::AddOptions options;
  options.link = arguments.link;
  options.go_on = [&](std::int64_t) {
    while (const auto number = signals.take()) {
      if (*number != SIGWINCH) return false;
    }
    return true;
  };
  if (const auto wrong = adapters::add_model(file, place->folder, name, options)) {
    if (wrong->empty()) {
      complain("interrupted; nothing was added");
      return exit_interrupted;
    }
    complain(escape_controls(*wrong));
    return exit_some_failed;
  }
  signals.restore();
  complain(fmt::format("{} is in {}", name, escape_controls(place->folder)));
  tell_how_to_use(name, *place, is_served(context, name));
  return exit_success;
}

// Yes; anything else, also the end of input, is no.
bool confirm(const std::string& question) {
  (void)write_all(STDERR_FILENO, question);
  std::string line;
  char letter = 0;
  while (::read(STDIN_FILENO, &letter, 1) == 1 && letter != '\n') line += letter;
  return line == "y" || line == "Y" || line == "yes";
}

int remove(const Context& context, const ModelsArguments& arguments) {
  const auto place = place_of(context, arguments, server_here(context));
  if (!place) {
    complain(place.error());
    return exit_usage;
  }
  const auto here = adapters::list_models(place->folder);
  int status = exit_success;
  for (const std::string& given : arguments.names) {
    const core::WhisperModel* known = core::find_whisper_model(given);
    const std::string name = known != nullptr ? std::string(known->name) : given;
    const auto at = std::find_if(here.begin(), here.end(),
                                 [&](const auto& model) { return model.name == name; });
    if (at == here.end()) {
      complain(fmt::format("{} is not in {}; `transcribe models` lists what is",
                           escape_controls(name), escape_controls(place->folder)));
      status = exit_some_failed;
      continue;
    }
    if (!arguments.yes) {
      if (::isatty(STDIN_FILENO) != 1) {
        complain("say --yes to remove without being asked");
        return exit_usage;
      }
      if (!confirm(fmt::format("Remove {} ({}) from {}? [y/N] ", name,
                               adapters::as_mb(at->bytes + at->part_bytes),
                               escape_controls(place->folder)))) {
        complain(fmt::format("{} stays", name));
        continue;
      }
    }
    if (const auto wrong = adapters::remove_model(place->folder, name)) {
      complain(escape_controls(*wrong));
      status = exit_some_failed;
    } else {
      complain(fmt::format("removed {}", name));
    }
  }
  return status;
}

}  // namespace

void add_models_commands(CommandTable& table) {
  auto arguments = std::make_shared<ModelsArguments>();
  const auto chosen = [&table, arguments](int (*command)(const Context&, const ModelsArguments&)) {
    return [&table, arguments, command] {
      table.chosen = [arguments, command](const Context& context) {
        return command(context, *arguments);
      };
    };
  };
  CLI::App* models = table.app.add_subcommand(
      "models", "List Whisper models: published, here, and on the server; pull, add, rm");
  models->add_option("--models-dir", arguments->models_dir,
                     "The folder to work on (or TRANSCRIBED_MODELS_DIR; by default the one of the "
                     "server on this machine)");
  models->add_flag("--json", arguments->as_json, "As JSON");
  models->add_flag("--served", arguments->served_only,
                   "Only the names of what the server serves, which --model takes");
  models->require_subcommand(0, 1);

  CLI::App* pulling = models->add_subcommand("pull", "Fetch published models, checked");
  pulling->add_option("NAME", arguments->names, "Such as small or large-v3-turbo")->required();
  pulling
      ->add_option("--from", arguments->from,
                   "A mirror: the address of a folder with the same files")
      ->envname("TRANSCRIBED_MODELS_URL");
  pulling->add_flag("-q,--quiet", arguments->quiet, "Say only what went wrong");
  CLI::App* adding = models->add_subcommand("add", "Bring in a ggml Whisper model you have");
  adding->add_option("FILE", arguments->file, "The model's file")->required();
  adding->add_option("--name", arguments->name, "What to call it (default: by the file's name)");
  adding->add_flag("--link", arguments->link, "A hard link in place of a copy");
  CLI::App* removing = models->add_subcommand("rm", "Remove models from the folder");
  removing->add_option("NAME", arguments->names, "A model's name")->required();
  removing->add_flag("-y,--yes", arguments->yes, "Do not ask");

  pulling->callback(chosen(pull));
  adding->callback(chosen(add));
  removing->callback(chosen(remove));
  models->callback([models, on_list = chosen(list)] {
    if (models->get_subcommands().empty()) on_list();
  });
}

}  // namespace transcribed::client
