// transcribe FILE... and transcribe --watch DIR
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "client/command_line.h"
#include "client/exit_status.h"
#include "client/inputs.h"
#include "client/output_plan.h"
#include "client/submit_arguments.h"
#include "client/submit_session.h"
#include "client/watch_session.h"

namespace transcribed::client {
namespace {

constexpr std::size_t most_problems_told = 100;

void complain_about(const std::vector<std::string>& problems) {
  const std::size_t told = std::min(problems.size(), most_problems_told);
  for (std::size_t i = 0; i < told; ++i) complain(problems[i]);
  if (told < problems.size()) complain(fmt::format("and {} more", problems.size() - told));
}

bool reads_terminal(const Inputs& inputs) {
  return ::isatty(STDIN_FILENO) == 1 &&
         std::any_of(inputs.inputs.begin(), inputs.inputs.end(),
                     [](const Input& input) { return input.kind == Input::Kind::standard_input; });
}

int watch(const Context& context, const SubmitArguments& arguments, PlanRequest request) {
  WatchSettings settings;
  settings.submit = submit_settings(arguments);
  settings.submit.options.deduplicate = true;
  settings.folder = arguments.watch;
  settings.recursive = arguments.inputs.recursive;
  settings.settle = std::chrono::seconds(arguments.settle_s);
  settings.poll = std::chrono::seconds(arguments.poll_s);
  settings.plan = std::move(request);
  return WatchSession(context.server, context.api_key, std::move(settings)).run();
}

int submit(const Context& context, const SubmitArguments& arguments) {
  const auto formats = parse_formats(arguments.formats);
  if (!formats) {
    complain(formats.error());
    return exit_usage;
  }
  if (const auto wrong = contradiction(arguments, *formats)) {
    complain(*wrong);
    return exit_usage;
  }
  PlanRequest request = plan_request(arguments, *formats);
  if (!arguments.watch.empty()) return watch(context, arguments, std::move(request));

  Inputs inputs = gather_inputs(arguments.inputs);
  if (reads_terminal(inputs)) {
    inputs.problems.emplace_back(
        "standard input is a terminal: send a recording into it, such as `transcribe - "
        "<talk.mp3`");
  }
  request.inputs = std::move(inputs.inputs);
  Plan plan = plan_outputs(request);
  std::vector<std::string> problems = std::move(inputs.problems);
  problems.insert(problems.end(), plan.problems.begin(), plan.problems.end());
  if (!problems.empty()) {
    complain_about(problems);
    complain("nothing was submitted");
    return exit_usage;
  }
  complain_about(inputs.passed_over);
  if (!arguments.settings.quiet) {
    for (const std::string& remark : inputs.remarks) complain(remark);
  }
  SubmitSession session(context.server, context.api_key, submit_settings(arguments),
                        std::move(plan));
  const int status = session.run();
  return status == exit_success && !inputs.passed_over.empty() ? exit_some_failed : status;
}

}  // namespace

void add_submit_command(CommandTable& table) {
  auto arguments = std::make_shared<SubmitArguments>();
  add_submit_options(table.app, *arguments);
  table.app.callback([&table, arguments] {
    table.chosen = [arguments](const Context& context) { return submit(context, *arguments); };
  });
}

}  // namespace transcribed::client
