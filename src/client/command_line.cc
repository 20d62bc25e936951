#include "client/command_line.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "client/exit_status.h"
#include "client/result_file.h"
#include "client/terminal_text.h"

namespace transcribed::client {

void complain(std::string_view sentence) {
  (void)write_all(STDERR_FILENO, fmt::format("transcribe: {}\n", sentence));
}

bool print_out(std::string_view text) {
  const auto wrong = write_all(STDOUT_FILENO, text);
  if (!wrong) return true;
  if (*wrong != std::strerror(EPIPE)) complain("cannot write to standard output: " + *wrong);
  return false;
}

bool stdout_is_terminal() { return ::isatty(STDOUT_FILENO) == 1; }

int fail(const ApiProblem& problem) {
  complain(problem.sentence);
  return problem.kind == ApiProblem::Kind::unreachable ? exit_unreachable : exit_some_failed;
}

std::string job_problem(std::string_view id, const ApiProblem& problem) {
  const std::string shown = escape_controls(id);
  if (problem.kind == ApiProblem::Kind::not_found) {
    return fmt::format("no such job: {} (`transcribe jobs` lists them)", shown);
  }
  // Most of the server's sentences name the job themselves.
  if (problem.sentence.find(shown) != std::string::npos) return problem.sentence;
  return fmt::format("{}: {}", shown, problem.sentence);
}

}  // namespace transcribed::client
