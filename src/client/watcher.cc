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
    if (!batch_.is_open(watched.index) || ready_.count(watched.index) > 0) ++ended;
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
  const auto file = batch_.file(watched.index);
  if (!file) return Round::changed;
  batch_.collecting(watched.index, *job);
  if (is_printed(*file)) {
    ready_[watched.index] = watched.id;
    return Round::changed;
  }
  return collect(watched.index, *job) ? Round::changed : Round::trouble;
}

bool Watcher::is_printed(const BatchFile& file) const {
  const std::vector<PlannedOutput>& outputs = file.plan.outputs;
  return !outputs.empty() && outputs.front().path.empty() && !options_.texts_in_events;
}

bool Watcher::settle(std::size_t index, const ApiProblem& problem) {
  if (problem.kind == Kind::aborted) return false;
  if (may_pass(problem.kind)) {
    batch_.trouble(problem.kind == Kind::draining || problem.kind == Kind::busy ||
                           problem.kind == Kind::server_error
                       ? problem.sentence + "; trying again"
                       : outage_sentence);
    return false;
  }
  if (problem.kind == Kind::not_transcribed) {
    batch_.trouble(problem.sentence);
    if (++nonsense_ >= max_nonsense && !options_.patient) batch_.give_up(problem.sentence);
    return false;
  }
  if (problem.kind == Kind::refused_all) {
    if (options_.patient) {
      batch_.trouble(problem.sentence + "; trying again");
      return false;
    }
    batch_.give_up(problem.sentence);
    return true;
  }
  if (problem.kind == Kind::not_found && options_.patient &&
      batch_.send_again(index, "the server does not know the job any more")) {
    return true;
  }
  batch_.failed(
      index, problem.kind == Kind::not_found
                 ? fmt::format("the server does not know the job any more ({})", problem.sentence)
                 : problem.sentence);
  return true;
}

bool Watcher::collect(std::size_t index, const JobInfo& job) {
  const auto file = batch_.file(index);
  if (!file) return true;
  // All are fetched before one is written, so that a server that goes away in between leaves
  // nothing half done.
  std::vector<Delivery> results;
  for (const PlannedOutput& output : file->plan.outputs) {
    ApiResult<std::string> text =
        api_.transcript(job.id, transcript_query(output.format, options_.style));
    if (!text) return settle(index, text.error());
    results.push_back({output.format, output.path, std::move(*text)});
  }
  nonsense_ = 0;
  deliver(index, *file, std::move(results), job.id);
  return true;
}

void Watcher::deliver(std::size_t index, const BatchFile& file, std::vector<Delivery> results,
                      const std::string& id) {
  std::vector<Delivery> delivered;
  std::string wrong;
  for (Delivery& result : results) {
    if (!result.path.empty()) {
      // Below --output the tree of the recordings may not be there yet.
      std::error_code ec;
      if (!file.plan.input.subfolder.empty()) {
        std::filesystem::create_directories(result.path.parent_path(), ec);
      }
      if (auto failed = write_result(result.path, result.text, options_.overwrite)) {
        wrong += (wrong.empty() ? "" : "; ") + *failed;
        continue;
      }
      result.text.clear();
    }
    delivered.push_back(std::move(result));
  }
  if (wrong.empty()) {
    batch_.done(index, delivered);
  } else {
    batch_.failed(index, fmt::format("{} (the server keeps the transcript of job {})", wrong,
                                     escape_controls(id)));
  }
}

void Watcher::print_in_order() {
  for (; next_to_print_ < batch_.added(); ++next_to_print_) {
    const auto file = batch_.file(next_to_print_);
    if (!file || !is_printed(*file)) continue;
    const auto found = ready_.find(next_to_print_);
    if (found == ready_.end() || !print_one(next_to_print_, *file, found->second)) return;
    ready_.erase(found);
  }
}

bool Watcher::print_one(std::size_t index, const BatchFile& file, const std::string& id) {
  const PlannedOutput& output = file.plan.outputs.front();
  if (!output_broken_) {
    ApiResult<std::string> text =
        api_.transcript(id, transcript_query(output.format, options_.style));
    if (!text) return settle(index, text.error());
    nonsense_ = 0;
    if (!text->empty() && text->back() != '\n') *text += '\n';
    output_broken_ = options_.print(*text);
    if (!output_broken_) {
      batch_.done(index, {});
      return true;
    }
  }
  batch_.failed(index, fmt::format("cannot write to standard output: {} (the server keeps the "
                                   "transcript of job {})",
                                   *output_broken_, escape_controls(id)));
  return true;
}

}  // namespace transcribed::client
