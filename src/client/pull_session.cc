#include "client/pull_session.h"

#include <langinfo.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>

#include "client/command_line.h"
#include "client/exit_status.h"
#include "client/live_area.h"
#include "client/progress_view.h"
#include "client/signal_watch.h"
#include "client/terminal_text.h"

namespace transcribed::client {
namespace {

using Clock = std::chrono::steady_clock;
using adapters::as_mb;
using adapters::PullProblem;
using adapters::PullProgress;
using Step = PullProgress::Step;

constexpr std::chrono::milliseconds between_draws{100};
// What the rate is measured over: long enough to be steady, short enough to tell the present.
constexpr std::chrono::seconds rate_window{4};

bool draws_on_terminal() {
  const char* term = std::getenv("TERM");
  return ::isatty(STDERR_FILENO) == 1 && (term == nullptr || std::strcmp(term, "dumb") != 0);
}

class Display {
 public:
  Display(const core::WhisperModel& model, bool quiet)
      : model_(model),
        live_(draws_on_terminal() && !quiet),
        quiet_(quiet),
        unicode_(std::strcmp(::nl_langinfo(CODESET), "UTF-8") == 0) {}

  void show(const PullProgress& progress) {
    if (quiet_) return;
    measure(progress);
    live_ ? draw(progress) : print(progress);
  }
  void away() {
    if (live_) area_.draw({});
  }
  void line(const std::string& text) {
    if (quiet_) return;
    away();
    complain(text);
  }

 private:
  void measure(const PullProgress& progress) {
    const auto now = Clock::now();
    if (progress.step != Step::fetching || progress.done_bytes < mark_bytes_) {
      mark_bytes_ = progress.done_bytes;
      mark_at_ = now;
      rate_ = 0;
    } else if (now - mark_at_ >= rate_window) {
      rate_ = rate(progress.done_bytes, now);
      mark_bytes_ = progress.done_bytes;
      mark_at_ = now;
    } else if (rate_ == 0 && now - mark_at_ >= std::chrono::seconds(1)) {
      early_rate_ = rate(progress.done_bytes, now);
    }
  }
  double rate(std::int64_t done, Clock::time_point now) const {
    return static_cast<double>(done - mark_bytes_) /
           std::chrono::duration<double>(now - mark_at_).count();
  }

  void draw(const PullProgress& progress) {
    const auto now = Clock::now();
    const bool ends = progress.done_bytes >= model_.bytes;
    if (progress.step == drawn_step_ && !ends && now - drawn_at_ < between_draws) return;
    drawn_step_ = progress.step;
    drawn_at_ = now;
    const int width = terminal_size(STDERR_FILENO).columns - 1;
    const double fraction =
        static_cast<double>(progress.done_bytes) / static_cast<double>(model_.bytes);
    std::string text = std::string(model_.name);
    if (width >= 50) {
      text += " [" + render_bar(fraction, std::clamp(width / 4, 10, 30), unicode_) + "]";
    }
    text += fmt::format(" {:3d}%  ", static_cast<int>(std::floor(fraction * 100)));
    switch (progress.step) {
      case Step::fetching:
        text += pull_status(progress.done_bytes, model_.bytes, rate_ > 0 ? rate_ : early_rate_);
        break;
      case Step::checking:
        text += "checking";
        break;
      case Step::waiting:
        text += "trying again: " + escape_controls(progress.trouble);
        break;
    }
    area_.draw({cut_to_width(text, width)});
  }

  void print(const PullProgress& progress) {
    if (progress.step == Step::waiting) {
      complain(fmt::format("{}: {}; trying again", model_.name, escape_controls(progress.trouble)));
      return;
    }
    if (progress.step == Step::checking) {
      if (drawn_step_ != Step::checking) complain(fmt::format("{}: checking", model_.name));
      drawn_step_ = Step::checking;
      return;
    }
    // Ten lines a model: a log is no place for more.
    const auto tenth = static_cast<int>(progress.done_bytes * 10 / model_.bytes);
    if (tenth <= printed_tenth_) return;
    printed_tenth_ = tenth;
    complain(fmt::format("{}: {}% of {}", model_.name, tenth * 10, as_mb(model_.bytes)));
  }

  const core::WhisperModel& model_;
  const bool live_;
  const bool quiet_;
  const bool unicode_;
  LiveArea area_{STDERR_FILENO};
  Step drawn_step_ = Step::fetching;
  Clock::time_point drawn_at_;
  int printed_tenth_ = 0;
  std::int64_t mark_bytes_ = 0;
  Clock::time_point mark_at_ = Clock::now();
  double rate_ = 0, early_rate_ = 0;  // bytes per second; 0: not known yet
};

}  // namespace

std::string pull_status(std::int64_t done, std::int64_t whole, double rate) {
  std::string text = fmt::format("{} of {}", done / core::bytes_per_mb, as_mb(whole));
  if (rate < 1) return text;
  const double left_s = static_cast<double>(whole - done) / rate;
  text += fmt::format(", {:.1f} MB/s", rate / static_cast<double>(core::bytes_per_mb));
  if (left_s < 360'000) {
    text += fmt::format(
        ", {} left",
        rough_duration(std::chrono::seconds(static_cast<std::int64_t>(std::ceil(left_s)))));
  }
  return text;
}

int run_pull(const core::WhisperModel& model, const PullSettings& settings) {
  SignalWatch signals;
  bool stop = false;
  Display display(model, settings.quiet);
  adapters::PullOptions options = settings.options;
  options.interruption.fd = signals.fd();
  options.interruption.asked = [&] {
    while (const auto number = signals.take()) stop = stop || *number != SIGWINCH;
    return stop;
  };
  options.on_progress = [&](const PullProgress& progress) { display.show(progress); };

  const auto pulled = adapters::pull_model(model, options);
  display.away();
  signals.restore();
  if (!pulled && pulled.error().kind == PullProblem::Kind::interrupted) {
    complain(fmt::format(
        "interrupted; what was fetched is kept, and `transcribe models pull {}` goes on from there",
        model.name));
    return exit_interrupted;
  }
  if (!pulled) {
    complain(pulled.error().sentence);
    return pulled.error().kind == PullProblem::Kind::unreachable ? exit_unreachable
                                                                 : exit_some_failed;
  }
  const std::string file = (options.folder / std::string(model.file)).string();
  if (pulled->was_there) {
    display.line(fmt::format("{} is there already: {}", model.name, escape_controls(file)));
  } else {
    display.line(fmt::format("{} is here, and its checksum is right: {}", model.name,
                             escape_controls(file)));
  }
  return exit_success;
}

}  // namespace transcribed::client
