// transcribe FILE...
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "client/command_line.h"
#include "client/exit_status.h"
#include "client/output_plan.h"
#include "client/submit_session.h"
#include "client/terminal_text.h"

namespace transcribed::client {
namespace {

constexpr std::size_t most_problems_told = 100;

struct SubmitArguments {
  std::vector<std::string> files;
  std::string formats = "txt";
  std::optional<std::string> output;
  std::optional<int> priority;
  SubmitSettings settings;
  bool format_given = false;
};

// What cannot be meant together, as a sentence.
std::optional<std::string> contradiction(const SubmitArguments& arguments,
                                         std::size_t format_count) {
  const SubmitSettings& settings = arguments.settings;
  if (settings.detach && settings.cancel_on_interrupt) {
    return "--detach lets the jobs go on and --cancel-on-interrupt ends them: only one can be "
           "meant";
  }
  if (settings.detach && (arguments.output || arguments.format_given || settings.overwrite)) {
    return fmt::format(
        "--detach does not wait for results, so {} would do nothing (later: "
        "transcribe show ID -f FORMAT)",
        arguments.output         ? "--output"
        : arguments.format_given ? "--format"
                                 : "--overwrite");
  }
  if (!arguments.output) return std::nullopt;
  if (arguments.output->empty()) return "--output needs a folder, or - for standard output";
  if (*arguments.output != "-") return std::nullopt;
  if (settings.overwrite) return "--overwrite makes no sense with standard output (-o -)";
  if (format_count > 1) return "standard output (-o -) takes one format";
  return std::nullopt;
}

int submit(const Context& context, const SubmitArguments& arguments) {
  const auto formats = parse_formats(arguments.formats);
  if (!formats) {
    complain(formats.error());
    return exit_usage;
  }
  if (const auto wrong = contradiction(arguments, formats->size())) {
    complain(*wrong);
    return exit_usage;
  }
  PlanRequest request;
  request.inputs.assign(arguments.files.begin(), arguments.files.end());
  request.formats = *formats;
  request.overwrite = arguments.settings.overwrite;
  SubmitSettings settings = arguments.settings;
  settings.options.priority = arguments.priority;
  if (settings.detach) {
    request.destination = Destination::nowhere;
  } else if (arguments.output == "-") {
    request.destination = Destination::standard_output;
  } else if (arguments.output) {
    request.destination = Destination::folder;
    request.folder = *arguments.output;
    settings.folder_to_make = *arguments.output;
  }
  Plan plan = plan_outputs(request);
  if (!plan.problems.empty()) {
    const std::size_t told = std::min(plan.problems.size(), most_problems_told);
    for (std::size_t i = 0; i < told; ++i) complain(plan.problems[i]);
    if (told < plan.problems.size()) {
      complain(fmt::format("and {} more", plan.problems.size() - told));
    }
    complain("nothing was submitted");
    return exit_usage;
  }
  SubmitSession session(context.server, context.api_key, std::move(settings),
                        std::move(plan.files));
  return session.run();
}

}  // namespace

void add_submit_command(CommandTable& table) {
  auto arguments = std::make_shared<SubmitArguments>();
  SubmitSettings& settings = arguments->settings;
  CLI::App& app = table.app;
  app.add_option("FILE", arguments->files, "Recordings")->required();
  app.add_option("-m,--model", settings.options.model, "The model (default: the server's)");
  app.add_option("-l,--language", settings.options.language,
                 "Spoken language, such as en (default: recognised)");
  auto* format = app.add_option("-f,--format", arguments->formats,
                                format_list() + "; several with commas between them")
                     ->capture_default_str();
  app.add_option("-o,--output", arguments->output,
                 "Folder for the results (default: beside each FILE); - for standard output");
  app.add_option("--task", settings.options.task,
                 "transcribe, or translate (into English, where the model can)")
      ->check(CLI::IsMember({"transcribe", "translate"}));
  app.add_flag("--words", settings.options.words, "Times for each word (in json)");
  app.add_option("--priority", arguments->priority, "Higher goes first (-1000 to 1000, default 0)")
      ->check(CLI::Range(-1000, 1000));
  app.add_flag("--overwrite", settings.overwrite, "Replace results that exist");
  app.add_flag("--detach", settings.detach, "Submit, print the jobs' ids, and do not wait");
  app.add_flag("--cancel-on-interrupt", settings.cancel_on_interrupt,
               "Ctrl-C cancels the jobs without asking");
  app.add_flag("-q,--quiet", settings.quiet, "Print errors only");
  app.callback([&table, arguments, format] {
    arguments->format_given = format->count() > 0;
    table.chosen = [arguments](const Context& context) { return submit(context, *arguments); };
  });
}

}  // namespace transcribed::client
