// The `transcribe` command: which family of subcommands serves, and the options all of them take.
#include <algorithm>
#include <array>
#include <cctype>
#include <clocale>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "client/command_line.h"
#include "client/exit_status.h"
#include "client/terminal_text.h"
#include "core/suggestion.h"

namespace transcribed::client {
namespace {

constexpr std::array<std::string_view, 11> subcommands{"jobs",   "show",   "cancel",    "retry",
                                                       "delete", "move",   "explain",   "resources",
                                                       "top",    "models", "completion"};

// A subcommand is one only in front: what stands after a FILE is a file. --server may come before.
std::string_view first_word(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--server") {
      ++i;
    } else if (!word.starts_with("--server=")) {
      return word;
    }
  }
  return {};
}

bool is_subcommand(std::string_view word) {
  return std::find(subcommands.begin(), subcommands.end(), word) != subcommands.end();
}

// What is no file looks like a slip in a command's name.
std::string subcommand_meant(std::string_view word) {
  std::error_code ignored;
  const bool letters =
      std::all_of(word.begin(), word.end(), [](unsigned char c) { return std::isalpha(c) != 0; });
  if (!letters || std::filesystem::exists(std::filesystem::path(word), ignored)) return {};
  return core::did_you_mean(word, {subcommands.begin(), subcommands.end()});
}

std::vector<std::string> flags_of(const CLI::App& app) {
  std::vector<std::string> flags;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) flags.push_back("--" + name);
  }
  for (const CLI::App* chosen : app.get_subcommands()) {
    for (std::string& flag : flags_of(*chosen)) flags.push_back(std::move(flag));
  }
  return flags;
}

// What was wrong with the command line, as one sentence.
std::string usage_problem(const CLI::App& app, const CLI::ParseError& error) {
  std::string help = "transcribe";
  for (const CLI::App* chosen : app.get_subcommands()) help += " " + chosen->get_name();
  std::string hint;
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
    for (const std::string& word : app.remaining(true)) {
      if (hint.empty()) hint = core::did_you_mean(word.substr(0, word.find('=')), flags_of(app));
    }
  }
  if (!hint.empty()) return escape_controls(error.what()) + hint;
  return fmt::format("{}; see `{} --help`", escape_controls(error.what()), help);
}

int run(int argc, char** argv) {
  const std::string_view word = first_word(argc, argv);
  const bool with_subcommand = is_subcommand(word);
  CLI::App app(
      "Transcribes recordings: sends them to a transcribed server, waits and writes the results.\n",
      "transcribe");
  app.set_version_flag("--version", "transcribe " TRANSCRIBED_VERSION);
  app.set_help_flag("-h,--help", "Print this help and exit");
  std::string server(default_server);
  app.add_option("--server", server, "The server's address")
      ->envname("TRANSCRIBED_SERVER")
      ->capture_default_str();
  CommandTable table{app, {}};
  if (with_subcommand) {
    app.fallthrough();  // --server after the command; the commands inherit it when they are added
    add_job_commands(table);
    add_explain_command(table);
    add_machine_commands(table);
    add_models_commands(table);
    add_completion_command(table);
    app.require_subcommand(1);
  } else {
    add_submit_command(table);
    app.footer(
        "Commands (transcribe COMMAND --help tells more; a file of such a name is given as "
        "./jobs):\n"
        "  jobs                    list jobs\n"
        "  show ID                 one job, or its transcript (-f)\n"
        "  explain ID              why a job waits or failed\n"
        "  cancel ID...            end jobs\n"
        "  retry ID...             start ended jobs anew\n"
        "  delete ID...            forget ended jobs\n"
        "  move ID... front|back   change the order of the queue\n"
        "  top                     GPUs, slots, RAM and jobs, live\n"
        "  resources               GPUs, slots and RAM, once\n"
        "  models                  Whisper models: list, pull, add, rm\n"
        "  completion SHELL        a script that completes all this in bash, zsh or fish\n\n"
        "Environment: TRANSCRIBED_SERVER, TRANSCRIBED_API_KEY (the key that the server asks for).\n"
        "Exit status: 0 all transcribed; 1 some failed or were cancelled; 2 nothing was started;\n"
        "3 no server answers; 130 interrupted.\nMore: man transcribe");
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() ==
        static_cast<int>(CLI::ExitCodes::Success)) {  // --help and the like
      app.exit(error);
      return exit_success;
    }
    complain(usage_problem(app, error));
    return exit_usage;
  }
  if (const std::string meant = with_subcommand ? "" : subcommand_meant(word); !meant.empty()) {
    complain(fmt::format("\"{}\" is neither a file nor a command{}", word, meant));
    return exit_usage;
  }
  const auto address = parse_server_address(server);
  if (!address) {
    complain(address.error());
    return exit_usage;
  }
  Context context{*address, {}};
  if (const char* key = std::getenv("TRANSCRIBED_API_KEY")) context.api_key = key;
  if (std::any_of(context.api_key.begin(), context.api_key.end(),
                  [](unsigned char c) { return c < 0x21 || c == 0x7f; })) {
    complain("TRANSCRIBED_API_KEY holds a space or a control character, which no key does");
    return exit_usage;
  }
  return table.chosen(context);
}

}  // namespace
}  // namespace transcribed::client

int main(int argc, char** argv) {
  // The user's character set decides between blocks and plain letters for bars; numbers stay as
  // programs read them.
  std::setlocale(LC_CTYPE, "");
  std::signal(SIGPIPE, SIG_IGN);  // a closed pipe is an error of that write, with a sentence
  try {
    return transcribed::client::run(argc, argv);
  } catch (const std::exception& error) {
    transcribed::client::complain(error.what());
    return transcribed::client::exit_some_failed;
  }
}
