// The `transcribe` command: which family of subcommands serves, and the options all of them take.
#include <algorithm>
#include <array>
#include <clocale>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "client/command_line.h"
#include "client/exit_status.h"

namespace transcribed::client {
namespace {

constexpr std::array<std::string_view, 8> subcommands{"jobs",   "show",    "cancel",    "retry",
                                                      "delete", "explain", "resources", "models"};

// A subcommand is one only in front: what stands after a FILE is a file. --server may come before.
bool names_subcommand(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--server") {
      ++i;
    } else if (!word.starts_with("--server=")) {
      return std::find(subcommands.begin(), subcommands.end(), word) != subcommands.end();
    }
  }
  return false;
}

int run(int argc, char** argv) {
  const bool with_subcommand = names_subcommand(argc, argv);
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
    app.require_subcommand(1);
  } else {
    add_submit_command(table);
    app.footer(
        "Commands (transcribe COMMAND --help tells more; a file of such a name is given as "
        "./jobs):\n"
        "  jobs          list jobs            resources   GPUs, slots and RAM\n"
        "  show ID       one job, or its      models      Whisper models: list, pull,\n"
        "                transcript (-f)                  add, rm\n"
        "  cancel ID...  end jobs             retry ID... start ended jobs anew\n"
        "  delete ID...  forget ended jobs    explain ID  why a job waits or failed\n\n"
        "Environment: TRANSCRIBED_SERVER, TRANSCRIBED_API_KEY (the key that the server asks for).\n"
        "Exit status: 0 all transcribed; 1 some failed or were cancelled; 2 nothing was started;\n"
        "3 no server answers; 130 interrupted.");
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int status = app.exit(error);
    return status == 0 ? exit_success : exit_usage;
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
