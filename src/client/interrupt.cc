#include "client/interrupt.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "client/terminal_text.h"

namespace transcribed::client {
namespace {

constexpr std::size_t most_named = 20;

std::string named(const std::vector<std::string>& names) {
  std::string out;
  for (std::size_t i = 0; i < std::min(names.size(), most_named); ++i) {
    out += (i == 0 ? "" : ", ") + names[i];
  }
  if (names.size() > most_named) out += fmt::format(" and {} more", names.size() - most_named);
  return out;
}

}  // namespace

std::string interrupt_question(std::size_t jobs, std::size_t unsent_files) {
  std::string question;
  if (unsent_files > 0) {
    question = fmt::format("{} not sent yet and would stay unsent. ",
                           count_of(unsent_files, "file is", "files are"));
  }
  return question + fmt::format(
                        "{} not finished. Let {} go on in the server? "
                        "[Y/n/c(ontinue waiting)] ",
                        count_of(jobs, "job is", "jobs are"), jobs == 1 ? "it" : "them");
}

std::optional<InterruptAnswer> parse_answer(std::string_view line) {
  std::string word;
  for (const char c : line) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isspace(byte) == 0) word += static_cast<char>(std::tolower(byte));
  }
  if (word.empty() || word == "y" || word == "yes") return InterruptAnswer::let_go_on;
  if (word == "n" || word == "no") return InterruptAnswer::cancel;
  if (word == "c" || word == "continue") return InterruptAnswer::keep_waiting;
  return std::nullopt;
}

std::vector<std::string> parting_words(const std::vector<Batch::Unfinished>& open) {
  std::vector<std::string> ids;
  std::vector<std::string> unsent;
  for (const Batch::Unfinished& file : open) {
    if (file.id.empty()) {
      unsent.push_back(file.name);
    } else {
      ids.push_back(escape_controls(file.id));
    }
  }
  std::vector<std::string> lines;
  if (!ids.empty()) {
    lines.push_back(fmt::format("{} on in the server: {}",
                                count_of(ids.size(), "job goes", "jobs go"), named(ids)));
    lines.push_back(
        "see them with `transcribe jobs`, read one with `transcribe show ID -f txt`, end one with "
        "`transcribe cancel ID`");
  }
  if (!unsent.empty()) {
    lines.push_back(fmt::format("{} not sent: {}",
                                count_of(unsent.size(), "file was", "files were"), named(unsent)));
  }
  if (open.empty()) lines.push_back("nothing is left to do");
  return lines;
}

CancelOutcome cancel_jobs(JobApi& api, const std::vector<Batch::Unfinished>& open) {
  std::vector<Batch::Unfinished> jobs;
  for (auto it = open.rbegin(); it != open.rend(); ++it) {
    if (!it->id.empty()) jobs.push_back(*it);
  }
  std::stable_partition(jobs.begin(), jobs.end(), [](const Batch::Unfinished& job) {
    return job.phase == FilePhase::waiting;
  });
  CancelOutcome outcome;
  for (const Batch::Unfinished& job : jobs) {
    const ApiResult<JobInfo> answer = api.cancel(job.id);
    if (answer) {
      ++outcome.cancelled;
      continue;
    }
    const ApiProblem& problem = answer.error();
    outcome.problems.push_back(fmt::format(
        "{} ({}): {}", job.name, escape_controls(job.id),
        problem.kind == ApiProblem::Kind::conflict ? "it had ended before" : problem.sentence));
    if (problem.kind == ApiProblem::Kind::unreachable) {
      outcome.problems.push_back("the server does not answer, so the rest was not cancelled");
      break;
    }
  }
  return outcome;
}

}  // namespace transcribed::client
