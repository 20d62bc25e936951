#include "client/submit_arguments.h"

#include <utility>

#include <fmt/format.h>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

namespace transcribed::client {
namespace {

using Sentence = std::optional<std::string>;

// The first of those that were given, for a sentence; "" for none.
std::string first_given(std::initializer_list<std::pair<bool, const char*>> options) {
  for (const auto& [given, name] : options) {
    if (given) return name;
  }
  return {};
}

Sentence wrong_with_detach(const SubmitArguments& arguments) {
  const SubmitSettings& settings = arguments.settings;
  if (!settings.detach) return std::nullopt;
  if (settings.cancel_on_interrupt) {
    return "--detach lets the jobs go on and --cancel-on-interrupt ends them: only one can be "
           "meant";
  }
  const std::string idle = first_given({{arguments.output.has_value(), "--output"},
                                        {arguments.format_given, "--format"},
                                        {settings.overwrite, "--overwrite"},
                                        {arguments.keep_extension, "--keep-extension"},
                                        {arguments.skip_existing, "--skip-existing"},
                                        {settings.style.max_line_width > 0, "--max-line-width"},
                                        {settings.style.highlight_words, "--highlight-words"}});
  if (idle.empty()) return std::nullopt;
  return fmt::format(
      "--detach does not wait for results, so {} would do nothing (later: transcribe show ID -f "
      "FORMAT)",
      idle);
}

Sentence wrong_with_watch(const SubmitArguments& arguments) {
  if (arguments.watch.empty()) {
    const std::string idle =
        first_given({{arguments.settle_given, "--settle"}, {arguments.poll_s > 0, "--poll"}});
    if (idle.empty()) return std::nullopt;
    return fmt::format("{} is of use with --watch only", idle);
  }
  const InputRequest& inputs = arguments.inputs;
  if (!inputs.arguments.empty() || !inputs.urls.empty()) {
    return "--watch takes what appears in its folder, so no FILE can be given beside it";
  }
  const std::string idle = first_given({{arguments.settings.detach, "--detach"},
                                        {arguments.settings.overwrite, "--overwrite"},
                                        {!inputs.name.empty(), "--name"},
                                        {arguments.output == "-", "--output -"}});
  if (idle.empty()) return std::nullopt;
  return fmt::format(
      "{} cannot be combined with --watch: a recording counts as done once its result stands in a "
      "file",
      idle);
}

Sentence wrong_with_output(const SubmitArguments& arguments, const std::vector<Format>& formats) {
  const InputRequest& inputs = arguments.inputs;
  if (arguments.settings.overwrite && arguments.skip_existing) {
    return "--overwrite replaces results that exist and --skip-existing leaves them: only one can "
           "be meant";
  }
  if (arguments.output == "") return "--output needs a folder, or - for standard output";
  const bool all_to_stdout = arguments.output == "-";
  if (all_to_stdout) {
    const std::string idle = first_given({{arguments.settings.overwrite, "--overwrite"},
                                          {arguments.skip_existing, "--skip-existing"},
                                          {arguments.keep_extension, "--keep-extension"}});
    if (!idle.empty()) return fmt::format("{} makes no sense with standard output (-o -)", idle);
  }
  bool some_to_stdout = all_to_stdout;
  for (const std::string& argument : inputs.arguments) {
    if (argument == "-" && !arguments.output && !arguments.settings.detach) some_to_stdout = true;
  }
  if (some_to_stdout && formats.size() > 1 && !arguments.settings.as_json) {
    return all_to_stdout
               ? "standard output (-o -) takes one format, unless --json carries them"
               : "what comes from standard input goes to standard output, which takes one format: "
                 "name one, or a folder with -o";
  }
  return std::nullopt;
}

}  // namespace

namespace {

constexpr const char* about_input = "What to transcribe";
constexpr const char* about_speech = "How";
constexpr const char* about_results = "Results";
constexpr const char* about_waiting = "While it works";

void add_input_options(CLI::App& app, SubmitArguments& arguments) {
  app.add_option("FILE", arguments.inputs.arguments,
                 "Recordings, folders (with -r), patterns in quotes, http(s) addresses that the "
                 "server fetches, or - for standard input")
      ->type_name("");
  app.add_option("--url", arguments.inputs.urls, "An address that the server fetches")
      ->type_name("URL")
      ->allow_extra_args(false)
      ->group(about_input);
  app.add_flag("-r,--recursive", arguments.inputs.recursive,
               "Take the recordings in folders, and in those below")
      ->group(about_input);
  app.add_option("--watch", arguments.watch,
                 "Transcribe every recording that appears in this folder, until Ctrl-C")
      ->type_name("DIR")
      ->group(about_input);
  auto* settle = app.add_option("--settle", arguments.settle_s,
                                "With --watch: seconds without a change until a file counts as "
                                "complete whose writer was not seen to close it")
                     ->check(CLI::Range(0, 86400))
                     ->type_name("SECONDS")
                     ->capture_default_str()
                     ->group(about_input);
  app.add_option("--poll", arguments.poll_s,
                 "With --watch: look through the folder every so many seconds, too, for network "
                 "file systems")
      ->check(CLI::Range(1, 86400))
      ->type_name("SECONDS")
      ->group(about_input);
  app.add_option("--name", arguments.inputs.name, "What to call the one recording, and its result")
      ->type_name("NAME")
      ->group(about_input);
  app.parse_complete_callback(
      [&arguments, settle] { arguments.settle_given = settle->count() > 0; });
}

void add_speech_options(CLI::App& app, SubmitArguments& arguments) {
  SubmitOptions& options = arguments.settings.options;
  app.add_option("-m,--model", options.model, "The model (default: the server's)")
      ->type_name("MODEL")
      ->group(about_speech);
  app.add_option("-l,--language", options.language,
                 "Spoken language, such as en (default: recognised)")
      ->type_name("LANGUAGE")
      ->group(about_speech);
  auto* task = app.add_option("--task", options.task,
                              "transcribe, or translate (into English, where the model can)")
                   ->check(CLI::IsMember({"transcribe", "translate"}))
                   ->type_name("TASK")
                   ->group(about_speech);
  app.add_flag("--translate", arguments.translate, "The same as --task translate")
      ->excludes(task)
      ->group(about_speech);
  app.add_option("--prompt", options.prompt,
                 "Words to expect: names, abbreviations, how to punctuate")
      ->type_name("TEXT")
      ->group(about_speech);
  app.add_flag("--words", options.words, "Times for each word (in json and verbose_json)")
      ->group(about_speech);
  app.add_option("--priority", arguments.priority, "Higher goes first (-1000 to 1000, default 0)")
      ->check(CLI::Range(-1000, 1000))
      ->type_name("N")
      ->group(about_speech);
  app.add_flag("--deduplicate", options.deduplicate,
               "Join a job of the same recording and options that the server has already")
      ->group(about_speech);
}

void add_result_options(CLI::App& app, SubmitArguments& arguments) {
  app.add_option_function<std::string>(
         "-f,--format",
         [&arguments](const std::string& list) {
           arguments.formats = list;
           arguments.format_given = true;
         },
         format_list() + "; several with commas between them (default: txt)")
      ->type_name("FORMATS")
      ->group(about_results);
  app.add_option("-o,--output", arguments.output,
                 "Folder for the results (default: beside each FILE); - for standard output")
      ->type_name("DIR")
      ->group(about_results);
  add_style_options(app, arguments.settings.style, about_results);
  app.add_flag("--keep-extension", arguments.keep_extension,
               "Name results talk.mp3.txt instead of talk.txt")
      ->group(about_results);
  app.add_flag("--overwrite", arguments.settings.overwrite, "Replace results that exist")
      ->group(about_results);
  app.add_flag("--skip-existing", arguments.skip_existing, "Pass over what has its results already")
      ->group(about_results);
}

void add_waiting_options(CLI::App& app, SubmitSettings& settings) {
  app.add_flag("--detach", settings.detach, "Submit, print the jobs' ids, and do not wait")
      ->group(about_waiting);
  app.add_flag("--cancel-on-interrupt", settings.cancel_on_interrupt,
               "Ctrl-C cancels the jobs without asking")
      ->group(about_waiting);
  app.add_flag("--json", settings.as_json,
               "Tell programs what happens: a JSON object a line on standard output")
      ->group(about_waiting);
  app.add_flag("-q,--quiet", settings.quiet, "Print errors only")->group(about_waiting);
}

}  // namespace

void add_submit_options(CLI::App& app, SubmitArguments& arguments) {
  add_input_options(app, arguments);
  add_speech_options(app, arguments);
  add_result_options(app, arguments);
  add_waiting_options(app, arguments.settings);
}

std::optional<std::string> contradiction(const SubmitArguments& arguments,
                                         const std::vector<Format>& formats) {
  const InputRequest& inputs = arguments.inputs;
  if (arguments.watch.empty() && inputs.arguments.empty() && inputs.urls.empty()) {
    return "FILE is required; see `transcribe --help`";
  }
  if (auto wrong = wrong_with_detach(arguments)) return wrong;
  if (auto wrong = wrong_with_watch(arguments)) return wrong;
  if (auto wrong = wrong_with_style(arguments.settings.style, formats)) return wrong;
  return wrong_with_output(arguments, formats);
}

PlanRequest plan_request(const SubmitArguments& arguments, std::vector<Format> formats) {
  PlanRequest request;
  request.formats = std::move(formats);
  request.overwrite = arguments.settings.overwrite;
  request.skip_existing = arguments.skip_existing;
  request.keep_extension = arguments.keep_extension;
  if (arguments.settings.detach) {
    request.destination = Destination::nowhere;
  } else if (arguments.output == "-") {
    request.destination = Destination::standard_output;
  } else if (arguments.output) {
    request.destination = Destination::folder;
    request.folder = *arguments.output;
  }
  return request;
}

SubmitSettings submit_settings(const SubmitArguments& arguments) {
  SubmitSettings settings = arguments.settings;
  settings.options.priority = arguments.priority;
  if (settings.style.highlight_words) settings.options.words = true;
  if (arguments.translate) settings.options.task = "translate";
  if (arguments.output && *arguments.output != "-") settings.folder_to_make = *arguments.output;
  return settings;
}

}  // namespace transcribed::client
