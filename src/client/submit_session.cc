#include "client/submit_session.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "client/command_line.h"
#include "client/exit_status.h"
#include "client/interrupt.h"
#include "client/result_file.h"
#include "client/terminal_text.h"
#include "client/work_meter.h"

namespace transcribed::client {

using Clock = std::chrono::steady_clock;

namespace {

// The file's name alone where that is enough to tell it from the others, else the path as given.
std::vector<std::string> display_names(const std::vector<PlannedFile>& files) {
  const auto short_name = [](const Input& input) {
    return input.kind == Input::Kind::file ? input.path.filename().string() : spelled(input);
  };
  std::map<std::string, int> uses;
  for (const PlannedFile& file : files) ++uses[short_name(file.input)];
  std::vector<std::string> names;
  names.reserve(files.size());
  for (const PlannedFile& file : files) {
    const std::string name = short_name(file.input);
    names.push_back(escape_controls(uses[name] == 1 ? name : spelled(file.input)));
  }
  return names;
}

ScreenSettings screen_settings(const SubmitSettings& settings) {
  ScreenSettings screen;
  screen.quiet = settings.quiet;
  screen.as_json = settings.as_json;
  screen.print_ids = settings.detach;
  return screen;
}

}  // namespace

SubmitSession::SubmitSession(ServerAddress server, std::string api_key, SubmitSettings settings,
                             Plan plan)
    : server_(std::move(server)),
      api_key_(std::move(api_key)),
      settings_(std::move(settings)),
      interactive_(::isatty(STDIN_FILENO) == 1 && ::isatty(STDERR_FILENO) == 1),
      screen_(batch_, screen_settings(settings_)),
      workers_(batch_, server_, api_key_),
      skipped_(plan.skipped.size()),
      began_(Clock::now()) {
  if (settings_.as_json) batch_.tell_in_full();
  for (const Input& input : plan.skipped) batch_.skipped(input);
  const std::vector<std::string> names = display_names(plan.files);
  for (std::size_t i = 0; i < names.size(); ++i) batch_.add(std::move(plan.files[i]), names[i]);
  batch_.close();
}

int SubmitSession::run() {
  if (const auto status = prepare()) return *status;
  start_workers();
  const Left left = wait_for_end();
  return left == Left::finished ? finish() : part(left);
}

std::optional<int> SubmitSession::prepare() {
  if (batch_.added() == 0) return finish();
  if (const auto greeted = workers_.greet(); !greeted) {
    complain(greeted.error().sentence);
    return greeted.error().kind == ApiProblem::Kind::refused_all ? exit_usage : exit_unreachable;
  }
  if (!settings_.folder_to_make.empty()) {
    std::error_code ec;
    std::filesystem::create_directories(settings_.folder_to_make, ec);
    if (ec) {
      complain(fmt::format("cannot make {}: {}", escape_controls(settings_.folder_to_make.string()),
                           ec.message()));
      return exit_usage;
    }
  }
  return std::nullopt;
}

void SubmitSession::start_workers() {
  UploadSettings uploads;
  uploads.options = settings_.options;
  if (settings_.detach) {
    workers_.start(std::move(uploads), std::nullopt);
    return;
  }
  WatchOptions watch;
  watch.overwrite = settings_.overwrite;
  watch.style = settings_.style;
  watch.smooth = screen_.is_live() || settings_.as_json;
  watch.texts_in_events = settings_.as_json;
  watch.print = [this](std::string_view text) -> std::optional<std::string> {
    // On the terminal of the bars, the thread that draws them must do it.
    if (!stdout_is_terminal()) return write_all(STDOUT_FILENO, text);
    batch_.transcript(std::string(text));
    return std::nullopt;
  };
  workers_.start(std::move(uploads), std::move(watch));
}

SubmitSession::Left SubmitSession::wait_for_end() {
  for (;;) {
    const bool done = workers_.are_done();  // before the events: none may come after it
    screen_.hold(asking_ && !done);
    screen_.show_events();
    if (done) return Left::finished;
    if (workers_.are_done()) continue;  // its wake-up may have been taken with the events
    screen_.draw();
    // After a drawing, the next change waits a little; signals and answers never do.
    std::array<pollfd, 3> fds{{{signals_.fd(), POLLIN, 0},
                               {asking_ ? STDIN_FILENO : -1, POLLIN, 0},
                               {screen_.is_resting() ? -1 : batch_.wake_fd(), POLLIN, 0}}};
    if (::poll(fds.data(), fds.size(), screen_.poll_limit_ms()) < 0 && errno != EINTR) {
      throw std::system_error(errno, std::generic_category(), "poll");
    }
    while (const auto number = signals_.take()) {
      if (const auto left = on_signal(*number)) return *left;
    }
    if (asking_ && fds[1].revents != 0) {
      if (const auto left = read_answer()) return *left;
    }
  }
}

std::optional<SubmitSession::Left> SubmitSession::on_signal(int number) {
  if (number == SIGWINCH) {
    screen_.redraw_soon();
    return std::nullopt;
  }
  if (settings_.cancel_on_interrupt) return Left::cancel;
  const bool twice = asking_;
  if (number == SIGINT && interactive_ && !twice && !settings_.detach && !settings_.as_json &&
      batch_.submitted_count() > 0) {
    ask();
    return std::nullopt;
  }
  if (twice) (void)write_all(STDERR_FILENO, "\n");
  return Left::let_go_on;
}

void SubmitSession::ask() {
  screen_.put_away_bars();
  asking_ = true;
  answer_.clear();
  const PhaseCounts counts = batch_.counts();
  (void)write_all(STDERR_FILENO,
                  interrupt_question(counts.running + counts.waiting, counts.to_send));
}

std::optional<SubmitSession::Left> SubmitSession::read_answer() {
  std::array<char, 256> bytes{};
  const ssize_t got = ::read(STDIN_FILENO, bytes.data(), bytes.size());
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return std::nullopt;
  if (got <= 0) return Left::let_go_on;  // nobody is there any more
  answer_.append(bytes.data(), static_cast<std::size_t>(got));
  const std::size_t end = answer_.find('\n');
  if (end == std::string::npos) return std::nullopt;
  const auto answer = parse_answer(answer_.substr(0, end));
  if (!answer) {
    ask();
    return std::nullopt;
  }
  asking_ = false;
  if (*answer == InterruptAnswer::cancel) return Left::cancel;
  if (*answer == InterruptAnswer::let_go_on) return Left::let_go_on;
  screen_.redraw_soon();
  return std::nullopt;
}

int SubmitSession::finish() {
  if (asking_) (void)write_all(STDERR_FILENO, "\nall have ended meanwhile\n");
  screen_.show_events();
  const PhaseCounts counts = batch_.counts();
  const auto took = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - began_);
  if (settings_.as_json) {
    boost::json::object result = batch_.result();
    result["skipped"] = skipped_;
    result["seconds"] = std::chrono::duration<double>(Clock::now() - began_).count();
    screen_.print_fact(result);
  } else if (!settings_.quiet && batch_.added() == 0) {
    if (skipped_ > 0) {
      screen_.say(fmt::format("nothing to do: {} there already",
                              count_of(skipped_, "result is", "results are")));
    }
  } else if (!settings_.quiet && !settings_.detach && batch_.added() + skipped_ > 1) {
    std::string line = summarize(counts);
    if (skipped_ > 0) line += fmt::format(", {} skipped (there already)", skipped_);
    line += " in " + clock_duration(took);
    if (const std::string rate = rate_text(batch_.rate()); !rate.empty()) {
      line += fmt::format(", {} real time", rate);
    }
    screen_.say(line);
  }
  screen_.put_away_bars();
  if (batch_.added() == 0) return exit_success;
  if (workers_.uploads_end() == UploadsEnd::draining) return exit_unreachable;
  if (workers_.uploads_end() == UploadsEnd::refused && batch_.submitted_count() == 0) {
    return exit_usage;
  }
  return counts.failed + counts.cancelled > 0 ? exit_some_failed : exit_success;
}

int SubmitSession::part(Left how) {
  asking_ = false;
  screen_.hold(false);
  screen_.put_away_bars();
  signals_.restore();  // whoever is impatient now may just end the program
  workers_.stop();
  screen_.show_events();
  leave_jobs(server_, api_key_, batch_, screen_, how == Left::cancel);
  if (settings_.as_json) screen_.print_fact(batch_.result());
  return exit_interrupted;
}

void leave_jobs(const ServerAddress& server, const std::string& api_key, const Batch& batch,
                BatchScreen& screen, bool cancel) {
  std::vector<Batch::Unfinished> open = batch.unfinished();
  const auto was_sent = [](const Batch::Unfinished& file) { return !file.id.empty(); };
  const bool any = std::any_of(open.begin(), open.end(), was_sent);
  if (cancel) {
    if (any) {
      screen.say("cancelling (Ctrl-C again leaves at once)");
      screen.put_away_bars();
      JobApi api(server, api_key);
      const CancelOutcome outcome = cancel_jobs(api, open);
      for (const std::string& problem : outcome.problems) screen.say(problem);
      screen.say(fmt::format("{} cancelled", count_of(outcome.cancelled, "job was", "jobs were")));
    }
    std::erase_if(open, was_sent);
  }
  if (!(cancel && any && open.empty())) {
    for (const std::string& line : parting_words(open)) screen.say(line);
  }
  screen.put_away_bars();
}

}  // namespace transcribed::client
