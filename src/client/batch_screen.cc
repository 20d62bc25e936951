#include "client/batch_screen.h"

#include <langinfo.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "client/command_line.h"
#include "client/result_file.h"
#include "wire/json_text.h"

namespace transcribed::client {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds between_draws{80};
constexpr milliseconds between_ticks{1000};  // for the elapsed times in the bars

}  // namespace

bool can_draw_on_stderr() {
  const char* term = std::getenv("TERM");
  return ::isatty(STDERR_FILENO) == 1 && (term == nullptr || std::strcmp(term, "dumb") != 0);
}

bool terminal_takes_unicode() { return std::strcmp(::nl_langinfo(CODESET), "UTF-8") == 0; }

BatchScreen::BatchScreen(Batch& batch, ScreenSettings settings)
    : batch_(batch),
      settings_(std::move(settings)),
      live_(can_draw_on_stderr() && !settings_.quiet && !settings_.as_json),
      unicode_(terminal_takes_unicode()),
      area_(STDERR_FILENO) {}

void BatchScreen::show_events() {
  std::vector<BatchEvent> events = batch_.take_events();
  kept_.insert(kept_.end(), std::make_move_iterator(events.begin()),
               std::make_move_iterator(events.end()));
  if (held_) return;
  for (const BatchEvent& event : std::exchange(kept_, {})) show(event);
}

void BatchScreen::show(const BatchEvent& event) {
  if (settings_.as_json) {
    if (!event.facts.empty()) print_fact(event.facts);
    return;
  }
  switch (event.kind) {
    case BatchEvent::Kind::id:
      if (settings_.print_ids) to_stdout(event.line + "\n");
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
    case BatchEvent::Kind::facts_only:
      break;
  }
}

void BatchScreen::say(std::string_view line) {
  if (live_) {
    said_.emplace_back(line);
  } else {
    (void)write_all(STDERR_FILENO, fmt::format("{}\n", line));
  }
}

void BatchScreen::to_stdout(std::string_view text) {
  put_away_bars();
  (void)print_out(text);
}

void BatchScreen::print_fact(const boost::json::object& fact) {
  (void)print_out(wire::to_text(fact) + "\n");
}

void BatchScreen::put_away_bars() {
  if (live_) area_.draw({}, std::exchange(said_, {}));
}

milliseconds BatchScreen::since_drawn() const {
  return std::chrono::duration_cast<milliseconds>(Clock::now() - drawn_at_);
}

void BatchScreen::draw() {
  if (!live_ || held_ || (said_.empty() && since_drawn() < between_draws)) return;
  const TerminalSize size = terminal_size(STDERR_FILENO);
  // Two rows are for the summary and a trouble, one stays free for the cursor.
  const auto rows = static_cast<std::size_t>(std::clamp(size.rows - 3, 0, 40));
  ProgressView view = batch_.view(rows);
  view.caption = settings_.caption;
  area_.draw(render_progress(view, size.columns, unicode_), std::exchange(said_, {}));
  drawn_at_ = Clock::now();
}

bool BatchScreen::is_resting() const { return live_ && !held_ && since_drawn() < between_draws; }

int BatchScreen::poll_limit_ms() const {
  if (!live_) return -1;
  const milliseconds limit = is_resting() ? between_draws - since_drawn() : between_ticks;
  return static_cast<int>(std::max(limit, milliseconds(0)).count());
}

}  // namespace transcribed::client
