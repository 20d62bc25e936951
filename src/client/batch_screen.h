// Shows a batch to whoever started the command: bars on a terminal, plain lines elsewhere, JSON
// Lines for programs, or problems only. The thread that made it.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "client/batch.h"
#include "client/live_area.h"

namespace transcribed::client {

struct ScreenSettings {
  bool quiet = false;
  bool as_json = false;
  bool print_ids = false;  // --detach: a job's id on standard output as soon as it is known
  std::string caption;     // before the counts under the bars; escaped
};

class BatchScreen {
 public:
  BatchScreen(Batch& batch, ScreenSettings settings);

  bool is_live() const { return live_; }

  // What happened since the last call; kept back while held.
  void show_events();
  // A question stands on the screen: neither events nor bars are shown.
  void hold(bool held) { held_ = held; }
  // A line that stays, on standard error.
  void say(std::string_view line);
  void to_stdout(std::string_view text);
  void print_fact(const boost::json::object& fact);
  // Bars anew, unless they were drawn a moment ago.
  void draw();
  void redraw_soon() { drawn_at_ = {}; }
  // What was said, without bars under it.
  void put_away_bars();

  // Is the next drawing to wait a little? Then changes need not wake anybody.
  bool is_resting() const;
  // How long poll() may wait until something is to be drawn; -1 for ever.
  int poll_limit_ms() const;

 private:
  void show(const BatchEvent& event);
  std::chrono::milliseconds since_drawn() const;

  Batch& batch_;
  const ScreenSettings settings_;
  const bool live_;  // bars on standard error
  const bool unicode_;
  LiveArea area_;
  bool held_ = false;
  std::vector<BatchEvent> kept_;   // while held
  std::vector<std::string> said_;  // to be shown with the next drawing
  std::chrono::steady_clock::time_point drawn_at_{};
};

// Standard error is a terminal on which lines can be redrawn.
bool can_draw_on_stderr();
// The user's character set has blocks for bars.
bool terminal_takes_unicode();

}  // namespace transcribed::client
