#include "client/watcher.h"

#include <algorithm>

#include <fmt/format.h>

#include "client/outage.h"
#include "client/result_file.h"
#include "client/terminal_text.h"

namespace transcribed::client {

using Kind = ApiProblem::Kind;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds shortest{200};
constexpr milliseconds longest{2000};
constexpr milliseconds longest_when_smooth{500};
constexpr int max_nonsense = 5;

}  // namespace

void Watcher::run(std::stop_token stop) {
  const std::stop_callback abort(stop, [this] { api_.abort(); });
  ids_.resize(files_.size());
  milliseconds interval = shortest;
  while (batch_.wait_for_work(stop, interval)) {
    switch (ask_all(stop)) {
      case Round::many_ended:
        interval = milliseconds(0);  // there are more where they came from
        break;
      case Round::changed:
        interval = shortest;
        break;
      case Round::progress:
        interval = std::min(options_.smooth ? longest_when_smooth : longest,
                            std::max(shortest, interval * 3 / 2));
        break;
      case Round::nothing_new:
      case Round::trouble:
        interval = std::min(longest, std::max(shortest, interval * 3 / 2));
        break;
    }
  }
  // Files that failed before they were submitted may have been what the printing waited for.
  if (!stop.stop_requested()) print_in_order();
}

Watcher::Round Watcher::ask_all(const std::stop_token& stop) {
  print_in_order();
  const std::vector<Batch::Watched> asked = batch_.to_ask();
  Round sum = Round::nothing_new;
  std::size_t ended = 0;
  for (const Batch::Watched& watched : asked) {
    if (stop.stop_requested()) return sum;
    if (ready_.count(watched.index) > 0) continue;  // completed, its turn has not come
    const Round one = ask(watched);
    if (one == Round::trouble) return one;
    sum = std::max(sum, one);
    if (has_ended(batch_.phase(watched.index)) || ready_.count(watched.index) > 0) ++ended;
  }
  print_in_order();
  return ended > 0 && ended * 2 >= asked.size() ? Round::many_ended : sum;
}

Watcher::Round Watcher::ask(const Batch::Watched& watched) {
  const ApiResult<JobInfo> job = api_.job(watched.id);
  if (!job) return settle(watched.index, job.error()) ? Round::changed : Round::trouble;
  nonsense_ = 0;
  batch_.trouble_over(outage_over_sentence);
  if (!job->ended()) {
    const bool changed = batch_.update(watched.index, *job);
    if (changed) return Round::changed;
    return job->state == core::JobState::running ? Round::progress : Round::nothing_new;
  }
  switch (*job->state) {
    case core::JobState::failed:
      batch_.failed(watched.index,
                    job->error.empty() ? "the server gave no reason" : escape_controls(job->error));
      return Round::changed;
    case core::JobState::cancelled:
      batch_.cancelled(watched.index);
      return Round::changed;
    default:
      break;
  }
  const std::vector<PlannedOutput>& outputs = files_[watched.index].outputs;
  if (outputs.empty() || !outputs.front().path.empty()) {
    return collect(watched.index, watched.id) ? Round::changed : Round::trouble;
  }
  batch_.collecting(watched.index);
  ids_[watched.index] = watched.id;
  ready_.insert(watched.index);
  return Round::changed;
}

bool Watcher::settle(std::size_t index, const ApiProblem& problem) {
  if (problem.kind == Kind::aborted) return false;
  if (may_pass(problem.kind)) {
    batch_.trouble(problem.kind == Kind::draining || problem.kind == Kind::server_error
                       ? problem.sentence + "; trying again"
                       : outage_sentence);
    return false;
  }
  if (problem.kind == Kind::not_transcribed) {
    batch_.trouble(problem.sentence);
    if (++nonsense_ >= max_nonsense) batch_.give_up(problem.sentence);
    return false;
  }
  if (problem.kind == Kind::refused_all) {
    batch_.give_up(problem.sentence);
    return true;
  }
  batch_.failed(
      index, problem.kind == Kind::not_found
                 ? fmt::format("the server does not know the job any more ({})", problem.sentence)
                 : problem.sentence);
  return true;
}

bool Watcher::collect(std::size_t index, const std::string& id) {
  batch_.collecting(index);
  const std::vector<PlannedOutput>& outputs = files_[index].outputs;
  // All are fetched before one is written, so that a server that goes away in between leaves
  // nothing half done.
  std::vector<std::string> texts;
  for (const PlannedOutput& output : outputs) {
    ApiResult<std::string> text = api_.transcript(id, to_string(output.format));
    if (!text) return settle(index, text.error());
    texts.push_back(std::move(*text));
  }
  nonsense_ = 0;
  std::string where;
  std::string wrong;
  for (std::size_t k = 0; k < outputs.size(); ++k) {
    if (auto failed = write_result(outputs[k].path, texts[k], options_.overwrite)) {
      wrong += (wrong.empty() ? "" : "; ") + *failed;
    } else {
      where += (where.empty() ? "" : ", ") + escape_controls(outputs[k].path.string());
    }
  }
  if (wrong.empty()) {
    batch_.done(index, where);
  } else {
    batch_.failed(index, fmt::format("{} (the server keeps the transcript of job {})", wrong,
                                     escape_controls(id)));
  }
  return true;
}

void Watcher::print_in_order() {
  for (; next_to_print_ < files_.size(); ++next_to_print_) {
    const std::size_t i = next_to_print_;
    if (has_ended(batch_.phase(i))) continue;
    if (ready_.count(i) == 0) return;
    if (!output_broken_) {
      ApiResult<std::string> text =
          api_.transcript(ids_[i], to_string(files_[i].outputs.front().format));
      if (!text) {
        if (!settle(i, text.error())) return;
        continue;
      }
      nonsense_ = 0;
      if (!text->empty() && text->back() != '\n') *text += '\n';
      output_broken_ = options_.print(*text);
      if (!output_broken_) {
        batch_.done(i, "");
        continue;
      }
    }
    batch_.failed(i, fmt::format("cannot write to standard output: {} (the server keeps the "
                                 "transcript of job {})",
                                 *output_broken_, escape_controls(ids_[i])));
  }
}

}  // namespace transcribed::client
