#include "client/submit_session.h"

#include <langinfo.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <map>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "client/command_line.h"
#include "client/exit_status.h"
#include "client/interrupt.h"
#include "client/result_file.h"
#include "client/terminal_text.h"
#include "client/watcher.h"

namespace transcribed::client {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds between_draws{80};
constexpr milliseconds between_ticks{1000};  // for the elapsed times in the bars

bool is_drawing_terminal(int fd) {
  const char* term = std::getenv("TERM");
  return ::isatty(fd) == 1 && (term == nullptr || std::strcmp(term, "dumb") != 0);
}

// The file's name alone where that is enough to tell it from the others, else the path as given.
std::vector<std::string> display_names(const std::vector<PlannedFile>& files) {
  std::map<std::string, int> uses;
  for (const PlannedFile& file : files) ++uses[file.input.filename().string()];
  std::vector<std::string> names;
  names.reserve(files.size());
  for (const PlannedFile& file : files) {
    const std::string name = file.input.filename().string();
    names.push_back(escape_controls(uses[name] == 1 ? name : file.input.string()));
  }
  return names;
}

}  // namespace

SubmitSession::SubmitSession(ServerAddress server, std::string api_key, SubmitSettings settings,
                             std::vector<PlannedFile> files)
    : server_(std::move(server)),
      api_key_(std::move(api_key)),
      settings_(std::move(settings)),
      files_(std::move(files)),
      live_(is_drawing_terminal(STDERR_FILENO) && !settings_.quiet),
      interactive_(::isatty(STDIN_FILENO) == 1 && ::isatty(STDERR_FILENO) == 1),
      unicode_(std::strcmp(::nl_langinfo(CODESET), "UTF-8") == 0),
      batch_(display_names(files_)),
      upload_api_(server_, api_key_),
      watch_api_(server_, api_key_),
      area_(STDERR_FILENO),
      began_(Clock::now()) {}

int SubmitSession::run() {
  if (const auto status = prepare()) return *status;
  start_threads();
  const Left left = wait_for_end();
  return left == Left::finished ? finish() : part(left);
}

std::optional<int> SubmitSession::prepare() {
  if (const auto greeted = upload_api_.greet(); !greeted) {
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

void SubmitSession::start_threads() {
  uploads_ = std::jthread([this](const std::stop_token& stop) {
    uploads_end_ = run_uploads(batch_, upload_api_, files_, settings_.options, stop);
    batch_.uploads_over();
    if (settings_.detach) {
      threads_done_ = true;
      batch_.wake();
    }
  });
  if (settings_.detach) return;
  watch_ = std::jthread([this](const std::stop_token& stop) {
    WatchOptions options;
    options.overwrite = settings_.overwrite;
    options.smooth = live_;
    options.print = [this](std::string_view text) -> std::optional<std::string> {
      // On the terminal of the bars, the thread that draws them must do it.
      if (!stdout_is_terminal()) return write_all(STDOUT_FILENO, text);
      batch_.transcript(std::string(text));
      return std::nullopt;
    };
    Watcher(batch_, watch_api_, files_, std::move(options)).run(stop);
    threads_done_ = true;
    batch_.wake();
  });
}

SubmitSession::Left SubmitSession::wait_for_end() {
  for (;;) {
    const bool done = threads_done_;  // before the events: none may come after it
    show_events();
    if (done) return Left::finished;
    if (threads_done_) continue;  // its wake-up may have been taken with the events
    if (live_ && !asking_) draw();
    // After a drawing, the next change waits a little; signals and answers never do.
    const auto since_drawn = std::chrono::duration_cast<milliseconds>(Clock::now() - drawn_at_);
    const bool resting = live_ && !asking_ && since_drawn < between_draws;
    std::array<pollfd, 3> fds{{{signals_.fd(), POLLIN, 0},
                               {asking_ ? STDIN_FILENO : -1, POLLIN, 0},
                               {resting ? -1 : batch_.wake_fd(), POLLIN, 0}}};
    const int limit = !live_    ? -1
                      : resting ? static_cast<int>((between_draws - since_drawn).count())
                                : static_cast<int>(between_ticks.count());
    if (::poll(fds.data(), fds.size(), limit) < 0 && errno != EINTR) {
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

void SubmitSession::show_events() {
  std::vector<BatchEvent> events = batch_.take_events();
  held_.insert(held_.end(), std::make_move_iterator(events.begin()),
               std::make_move_iterator(events.end()));
  if (asking_ && !threads_done_) return;
  for (const BatchEvent& event : std::exchange(held_, {})) show(event);
}

void SubmitSession::show(const BatchEvent& event) {
  switch (event.kind) {
    case BatchEvent::Kind::id:
      if (settings_.detach) to_stdout(event.line + "\n");
      break;
    case BatchEvent::Kind::transcript:
      to_stdout(event.line);
      break;
    case BatchEvent::Kind::problem:
      say(event.line);
      break;
    case BatchEvent::Kind::step:
      if (!live_ && !settings_.quiet) say(event.line);  // the bars show it elsewhere
      break;
    case BatchEvent::Kind::end:
    case BatchEvent::Kind::notice:
      if (!settings_.quiet) say(event.line);
      break;
  }
}

void SubmitSession::say(std::string_view line) {
  if (live_) {
    said_.emplace_back(line);
  } else {
    (void)write_all(STDERR_FILENO, fmt::format("{}\n", line));
  }
}

void SubmitSession::put_away_bars() {
  if (live_) area_.draw({}, std::exchange(said_, {}));
}

void SubmitSession::to_stdout(std::string_view text) {
  put_away_bars();
  (void)print_out(text);
}

void SubmitSession::draw() {
  const auto now = Clock::now();
  if (said_.empty() && now - drawn_at_ < between_draws) return;
  const TerminalSize size = terminal_size(STDERR_FILENO);
  // Two rows are for the summary and a trouble, one stays free for the cursor.
  const auto rows = static_cast<std::size_t>(std::clamp(size.rows - 3, 0, 40));
  area_.draw(render_progress(batch_.view(rows), size.columns, unicode_), std::exchange(said_, {}));
  drawn_at_ = now;
}

std::optional<SubmitSession::Left> SubmitSession::on_signal(int number) {
  if (number == SIGWINCH) {
    drawn_at_ = {};
    return std::nullopt;
  }
  if (settings_.cancel_on_interrupt) return Left::cancel;
  const bool twice = asking_;
  if (number == SIGINT && interactive_ && !twice && !settings_.detach &&
      batch_.submitted_count() > 0) {
    ask();
    return std::nullopt;
  }
  if (twice) (void)write_all(STDERR_FILENO, "\n");
  return Left::let_go_on;
}

void SubmitSession::ask() {
  put_away_bars();
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
  drawn_at_ = {};
  return std::nullopt;
}

int SubmitSession::finish() {
  if (asking_) (void)write_all(STDERR_FILENO, "\nall have ended meanwhile\n");
  const PhaseCounts counts = batch_.counts();
  if (!settings_.quiet && !settings_.detach && files_.size() > 1) {
    const auto took = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - began_);
    say(fmt::format("{} in {}", summarize(counts), clock_duration(took)));
  }
  put_away_bars();
  if (uploads_end_ == UploadsEnd::draining) return exit_unreachable;
  if (uploads_end_ == UploadsEnd::refused && batch_.submitted_count() == 0) return exit_usage;
  return counts.failed + counts.cancelled > 0 ? exit_some_failed : exit_success;
}

int SubmitSession::part(Left how) {
  asking_ = false;
  put_away_bars();
  signals_.restore();  // whoever is impatient now may just end the program
  uploads_.request_stop();
  watch_.request_stop();
  if (uploads_.joinable()) uploads_.join();
  if (watch_.joinable()) watch_.join();
  show_events();
  std::vector<Batch::Unfinished> open = batch_.unfinished();
  if (how == Left::cancel) {
    const bool any = std::any_of(open.begin(), open.end(),
                                 [](const Batch::Unfinished& file) { return !file.id.empty(); });
    if (any) {
      say("cancelling (Ctrl-C again leaves at once)");
      put_away_bars();
      JobApi api(server_, api_key_);
      const CancelOutcome outcome = cancel_jobs(api, batch_, open);
      for (const std::string& problem : outcome.problems) say(problem);
      say(fmt::format("{} cancelled", count_of(outcome.cancelled, "job was", "jobs were")));
    }
    std::erase_if(open, [](const Batch::Unfinished& file) { return !file.id.empty(); });
    if (any && open.empty()) {
      put_away_bars();
      return exit_interrupted;
    }
  }
  for (const std::string& line : parting_words(batch_, open)) say(line);
  put_away_bars();
  return exit_interrupted;
}

}  // namespace transcribed::client
