// What every subcommand shares: how they are registered, which server they talk to, and how they
// speak to people.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include <CLI/App.hpp>

#include "client/job_api.h"
#include "client/server_address.h"

namespace transcribed::client {

// Settled after the command line was read.
struct Context {
  ServerAddress server;
  std::string api_key;
};

using Command = std::function<int(const Context&)>;

// Each family of subcommands adds its own to `app`; the one the user chose ends up in `chosen`.
struct CommandTable {
  CLI::App& app;
  Command chosen;
};

void add_job_commands(CommandTable& table);        // jobs, show, cancel, retry, move, delete
void add_explain_command(CommandTable& table);     // explain
void add_machine_commands(CommandTable& table);    // resources, top
void add_models_commands(CommandTable& table);     // models, models pull, add, rm
void add_completion_command(CommandTable& table);  // completion
// FILE... itself, on an app of its own.
void add_submit_command(CommandTable& table);

// "transcribe: " + sentence, on standard error.
void complain(std::string_view sentence);
// Standard output; false after a failure, which was complained about (once; a closed pipe is none).
bool print_out(std::string_view text);
bool stdout_is_terminal();

// The exit status for a problem, which is complained about.
int fail(const ApiProblem& problem);
// "no such job: ..." and the like, for problems with one job.
std::string job_problem(std::string_view id, const ApiProblem& problem);

}  // namespace transcribed::client
