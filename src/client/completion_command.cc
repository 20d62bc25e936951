// completion.
#include <memory>
#include <string>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "client/command_line.h"
#include "client/completion_scripts.h"
#include "client/exit_status.h"

namespace transcribed::client {
namespace {

int print_script(const std::string& shell) {
  const std::string file = shell == "zsh" ? "_transcribe" : "transcribe." + shell;
  return print_out(completion_script(file)) ? exit_success : exit_some_failed;
}

}  // namespace

void add_completion_command(CommandTable& table) {
  auto shell = std::make_shared<std::string>();
  CLI::App* command =
      table.app.add_subcommand("completion", "Print what makes a shell complete this command");
  command->add_option("SHELL", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->callback(
      [&table, shell] { table.chosen = [shell](const Context&) { return print_script(*shell); }; });
}

}  // namespace transcribed::client
