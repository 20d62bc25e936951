// What a terminal shows of a batch: a bar a file for those at work and the next few, and one line
// for the rest. Pure.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace transcribed::client {

enum class FilePhase {
  to_send,  // not sent yet
  sending,
  waiting,  // queued in the server
  running,
  collecting,  // transcribed; the result is on its way to its file
  done,
  failed,
  cancelled,
};

bool has_ended(FilePhase phase);

// One line of the live area.
struct ProgressRow {
  std::string name;  // escaped
  FilePhase phase = FilePhase::to_send;
  double fraction = 0;  // 0-1
  std::string status;   // escaped
};

struct PhaseCounts {
  std::size_t done = 0, failed = 0, cancelled = 0;
  std::size_t running = 0, waiting = 0, to_send = 0;  // `collecting` is running, `sending` to send
  std::size_t unfinished() const { return running + waiting + to_send; }
};

// Of all files together; what nobody can tell yet is absent.
struct TotalView {
  std::optional<double> fraction;  // 0-1
  std::optional<double> rate;      // recording time by clock time
  std::optional<std::chrono::duration<double>> left;
};

struct ProgressView {
  std::vector<ProgressRow> rows;
  PhaseCounts counts;
  TotalView total;
  std::string caption;  // before the counts; escaped
  std::string trouble;  // "the server does not answer ..."; "" when there is none
};

// Which files get a row, by index: those at work first (in the order of the call), then at most
// `next_few` that wait; never more than `max_rows`.
std::vector<std::size_t> choose_rows(const std::vector<FilePhase>& phases, std::size_t max_rows,
                                     std::size_t next_few = 3);

// The lines, none wider than `width` - 1 columns (the last column would wrap on some terminals).
// `unicode` chooses between blocks and plain ASCII for bars.
std::vector<std::string> render_progress(const ProgressView& view, int width, bool unicode);

// `columns` wide, brackets not included.
std::string render_bar(double fraction, int columns, bool unicode);

// "12 done, 1 failed, 5 running, 37 waiting"
std::string summarize(const PhaseCounts& counts);

// The bytes that replace an area of `rows_before` terminal rows, at whose end the cursor stands, by
// `lines`. Lines are overwritten in place and only then cleared behind, so nothing flickers.
std::string repaint(std::size_t rows_before, const std::vector<std::string>& lines);

}  // namespace transcribed::client
