// jobs, show, cancel, retry, move, delete, explain.
#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

#include "client/command_line.h"
#include "client/exit_status.h"
#include "client/job_text.h"
#include "client/live_area.h"
#include "client/output_plan.h"
#include "client/terminal_text.h"
#include "client/transcript_style.h"
#include "wire/json_text.h"

namespace transcribed::client {

namespace json = boost::json;

namespace {

constexpr int page_size = 100;

core::WallTime now() {
  return std::chrono::time_point_cast<core::Milliseconds>(std::chrono::system_clock::now());
}

int width_of_stdout() {
  return stdout_is_terminal() ? terminal_size(STDOUT_FILENO).columns - 1 : 0;
}

struct ListOptions {
  std::string state;
  std::string model;
  std::string search;
  int limit = 50;
  bool as_json = false;
  bool ids_only = false;
};

std::string encoded(std::string_view text) {
  return boost::urls::encode(text, boost::urls::unreserved_chars);
}

ApiProblem odd_list() {
  return {ApiProblem::Kind::not_transcribed,
          "the server's list of jobs is not one this version can read", std::nullopt};
}

// At most `limit` jobs, over as many pages as that takes.
ApiResult<json::array> fetch_jobs(JobApi& api, const ListOptions& options) {
  json::array all;
  std::string cursor;
  while (static_cast<int>(all.size()) < options.limit) {
    const int wanted = std::min(page_size, options.limit - static_cast<int>(all.size()));
    std::string target = fmt::format("/api/jobs?limit={}", wanted);
    if (!options.state.empty()) target += "&state=" + options.state;
    if (!options.model.empty()) target += "&model=" + encoded(options.model);
    if (!options.search.empty()) target += "&search=" + encoded(options.search);
    if (!cursor.empty()) target += "&cursor=" + encoded(cursor);
    ApiResult<json::object> page = api.object(target);
    if (!page) return tl::make_unexpected(std::move(page.error()));
    json::value* jobs = page->if_contains("jobs");
    if (jobs == nullptr || !jobs->is_array()) return tl::make_unexpected(odd_list());
    const bool empty = jobs->get_array().empty();
    for (json::value& job : jobs->get_array()) {
      if (static_cast<int>(all.size()) < options.limit) all.push_back(std::move(job));
    }
    const auto next = text_field(*page, "next_cursor");
    if (!next || next->empty() || empty) break;
    cursor = *next;
  }
  return all;
}

int list_jobs(const Context& context, const ListOptions& options) {
  JobApi api(context.server, context.api_key);
  const ApiResult<json::array> listed = fetch_jobs(api, options);
  if (!listed) return fail(listed.error());
  if (options.as_json) {
    return print_out(wire::to_text(*listed) + "\n") ? exit_success : exit_some_failed;
  }
  std::vector<JobInfo> jobs;
  for (const json::value& value : *listed) {
    std::optional<JobInfo> job;
    if (value.is_object()) job = read_job(value.get_object());
    if (!job) return fail(odd_list());
    jobs.push_back(std::move(*job));
  }
  if (options.ids_only) {
    std::string out;
    for (const JobInfo& job : jobs) out += escape_controls(job.id) + "\n";
    return print_out(out) ? exit_success : exit_some_failed;
  }
  if (jobs.empty()) return print_out("no jobs\n") ? exit_success : exit_some_failed;
  return print_out(jobs_table(jobs, now(), width_of_stdout())) ? exit_success : exit_some_failed;
}

int fail_about(std::string_view id, const ApiProblem& problem) {
  ApiProblem told = problem;
  // Trouble with the server is no trouble with the job.
  if (problem.kind != ApiProblem::Kind::unreachable &&
      problem.kind != ApiProblem::Kind::not_transcribed) {
    told.sentence = job_problem(id, problem);
  }
  return fail(told);
}

struct ShowOptions {
  std::string id;
  std::string format;
  TranscriptStyle style;
  bool as_json = false;
};

int show_job(const Context& context, const ShowOptions& options) {
  JobApi api(context.server, context.api_key);
  if (!options.format.empty()) {
    const auto formats = parse_formats(options.format);
    if (!formats || formats->size() != 1) {
      complain(formats ? "show prints one format at a time" : formats.error());
      return exit_usage;
    }
    if (const auto wrong = wrong_with_style(options.style, *formats)) {
      complain(*wrong);
      return exit_usage;
    }
    const auto text = api.transcript(options.id, transcript_query(formats->front(), options.style));
    if (!text) return fail_about(options.id, text.error());
    const bool printed =
        print_out(stdout_is_terminal() ? escape_controls(*text, Newlines::keep) : *text);
    return printed ? exit_success : exit_some_failed;
  }
  if (const auto wrong = wrong_with_style(options.style, {})) {
    complain(*wrong);
    return exit_usage;
  }
  const auto object = api.object("/api/jobs/" + encoded(options.id));
  if (!object) return fail_about(options.id, object.error());
  if (options.as_json) {
    return print_out(wire::to_text(*object) + "\n") ? exit_success : exit_some_failed;
  }
  const auto job = read_job(*object);
  if (!job) return fail(odd_list());
  return print_out(job_details(*job, now())) ? exit_success : exit_some_failed;
}

// One request an id; goes on after a refusal, but not without a server.
int for_each_job(const Context& context, const std::vector<std::string>& ids,
                 const std::function<ApiResult<std::string>(JobApi&, const std::string&)>& act) {
  JobApi api(context.server, context.api_key);
  int status = exit_success;
  for (const std::string& id : ids) {
    const ApiResult<std::string> said = act(api, id);
    if (!said) {
      status = fail_about(id, said.error());
      if (status == exit_unreachable) return status;
      continue;
    }
    if (!print_out(fmt::format("{}: {}\n", escape_controls(id), *said))) return exit_some_failed;
  }
  return status;
}

ApiResult<std::string> as_state(ApiResult<JobInfo> job) {
  if (!job) return tl::make_unexpected(std::move(job.error()));
  return escape_controls(job->state_word);
}

void add_action(CommandTable& table, const std::string& name, const std::string& help,
                std::function<ApiResult<std::string>(JobApi&, const std::string&)> act) {
  CLI::App* command = table.app.add_subcommand(name, help);
  auto ids = std::make_shared<std::vector<std::string>>();
  command->add_option("ID", *ids, "Jobs, by id")->required();
  command->callback([&table, ids, act = std::move(act)] {
    table.chosen = [ids, act](const Context& context) { return for_each_job(context, *ids, act); };
  });
}

// `words`: ids, then where to.
int move_jobs(const Context& context, const std::vector<std::string>& words) {
  std::vector<std::string> ids = words;
  const std::string to = ids.back();
  ids.pop_back();
  if (to != "front" && to != "back") {
    complain(fmt::format("the last word says where to, front or back, and \"{}\" is neither",
                         escape_controls(to)));
    return exit_usage;
  }
  if (ids.empty()) {
    complain("move needs the ids of jobs before the " + to);
    return exit_usage;
  }
  // Whoever comes to the front last stands first; so that they keep the order they were given in.
  if (to == "front") std::reverse(ids.begin(), ids.end());
  return for_each_job(context, ids,
                      [&](JobApi& api, const std::string& id) -> ApiResult<std::string> {
                        const ApiResult<JobInfo> job = api.move(id, to);
                        if (!job) return tl::make_unexpected(job.error());
                        return "moved to the " + to;
                      });
}

void add_move_command(CommandTable& table) {
  CLI::App* command =
      table.app.add_subcommand("move", "Put waiting jobs at the front or the back of the queue");
  auto words = std::make_shared<std::vector<std::string>>();
  command->add_option("ID", *words, "Jobs, by id, then front or back")
      ->type_name("... front|back")
      ->required();
  command->callback([&table, words] {
    table.chosen = [words](const Context& context) { return move_jobs(context, *words); };
  });
}

}  // namespace

void add_job_commands(CommandTable& table) {
  auto list = std::make_shared<ListOptions>();
  CLI::App* jobs = table.app.add_subcommand("jobs", "List jobs");
  jobs->add_option("--state", list->state,
                   "Only those queued, running, completed, failed or cancelled")
      ->check(CLI::IsMember({"queued", "running", "completed", "failed", "cancelled"}));
  jobs->add_option("--limit", list->limit, "At most so many")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  jobs->add_option("--model", list->model, "Only those of this model");
  jobs->add_option("--search", list->search, "Only those whose names have this in them");
  auto* as_json = jobs->add_flag("--json", list->as_json, "The server's JSON, as one array");
  jobs->add_flag("--ids", list->ids_only, "Only the ids, a line each")->excludes(as_json);
  jobs->callback([&table, list] {
    table.chosen = [list](const Context& context) { return list_jobs(context, *list); };
  });

  auto shown = std::make_shared<ShowOptions>();
  CLI::App* show = table.app.add_subcommand("show", "Show one job, or its transcript");
  show->add_option("ID", shown->id, "The job's id")->required();
  auto* format =
      show->add_option("-f,--format", shown->format, "Print the transcript: " + format_list());
  add_style_options(*show, shown->style, "Options");
  show->add_flag("--json", shown->as_json, "The job as the server's JSON")->excludes(format);
  show->callback([&table, shown] {
    table.chosen = [shown](const Context& context) { return show_job(context, *shown); };
  });

  add_action(table, "cancel", "End jobs that wait or run",
             [](JobApi& api, const std::string& id) -> ApiResult<std::string> {
               ApiResult<JobInfo> job = api.cancel(id);
               // The server does not let people wait for an engine that takes its time.
               if (job && job->state == core::JobState::running) {
                 return "being cancelled, as soon as its engine gets to it";
               }
               return as_state(std::move(job));
             });
  add_action(table, "retry", "Queue failed or cancelled jobs again",
             [](JobApi& api, const std::string& id) { return as_state(api.retry(id)); });
  add_move_command(table);
  add_action(table, "delete", "Forget ended jobs, with recordings and transcripts",
             [](JobApi& api, const std::string& id) -> ApiResult<std::string> {
               const ApiResult<void> gone = api.erase(id);
               if (!gone) return tl::make_unexpected(gone.error());
               return "deleted";
             });
}

void add_explain_command(CommandTable& table) {
  auto id = std::make_shared<std::string>();
  CLI::App* command =
      table.app.add_subcommand("explain", "Tell why a job waits, where it runs or how it failed");
  command->add_option("ID", *id, "The job's id")->required();
  command->callback([&table, id] {
    table.chosen = [id](const Context& context) -> int {
      JobApi api(context.server, context.api_key);
      const auto job = api.job(*id);
      if (!job) return fail_about(*id, job.error());
      return print_out(explain_job(*job, now())) ? exit_success : exit_some_failed;
    };
  });
}

}  // namespace transcribed::client
