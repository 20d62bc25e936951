#include "client/progress_view.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "client/terminal_text.h"
#include "client/work_meter.h"

namespace transcribed::client {

bool has_ended(FilePhase phase) {
  return phase == FilePhase::done || phase == FilePhase::failed || phase == FilePhase::cancelled;
}

std::vector<std::size_t> choose_rows(const std::vector<FilePhase>& phases, std::size_t max_rows,
                                     std::size_t next_few) {
  std::vector<std::size_t> chosen;
  const auto take = [&](auto wanted, std::size_t limit) {
    std::size_t taken = 0;
    for (std::size_t i = 0; i < phases.size() && taken < limit && chosen.size() < max_rows; ++i) {
      if (!wanted(phases[i])) continue;
      chosen.push_back(i);
      ++taken;
    }
  };
  take([](FilePhase p) { return p == FilePhase::running || p == FilePhase::collecting; },
       phases.size());
  take([](FilePhase p) { return p == FilePhase::sending; }, phases.size());
  take([](FilePhase p) { return p == FilePhase::waiting; }, next_few);
  // Their own order reads better than the order of importance.
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

std::string render_bar(double fraction, int columns, bool unicode) {
  if (columns <= 0) return {};
  if (!std::isfinite(fraction)) fraction = 0;
  fraction = std::clamp(fraction, 0.0, 1.0);
  const int filled = static_cast<int>(std::floor(fraction * columns + 1e-9));
  std::string bar;
  for (int i = 0; i < columns; ++i) {
    if (unicode) {
      bar += i < filled ? "█" : "░";
    } else {
      bar += i < filled ? '#' : '.';
    }
  }
  return bar;
}

std::string summarize(const PhaseCounts& counts) {
  std::string out;
  const auto add = [&](std::size_t count, std::string_view word) {
    if (count == 0) return;
    if (!out.empty()) out += ", ";
    out += fmt::format("{} {}", count, word);
  };
  add(counts.done, "done");
  add(counts.failed, "failed");
  add(counts.cancelled, "cancelled");
  add(counts.running, "running");
  add(counts.waiting, "waiting");
  add(counts.to_send, "to send");
  return out;
}

namespace {

std::string percent(double fraction) {
  return fmt::format("{:3d}%",
                     static_cast<int>(std::floor(std::clamp(fraction, 0.0, 1.0) * 100 + 1e-9)));
}

std::string total_line(const ProgressView& view, int name_width, int bar_width, bool unicode) {
  std::string line;
  if (view.total.fraction && bar_width > 0) {
    line = fmt::format("{} [{}] {}  ", fit_to_width("total", std::max(5, name_width)),
                       render_bar(*view.total.fraction, bar_width, unicode),
                       percent(*view.total.fraction));
  }
  line += view.caption + summarize(view.counts);
  if (const std::string rate = rate_text(view.total.rate); !rate.empty()) line += ", " + rate;
  if (view.total.left) {
    line += fmt::format(
        ", about {} left",
        clock_duration(std::chrono::duration_cast<std::chrono::seconds>(*view.total.left)));
  }
  return line;
}

}  // namespace

std::vector<std::string> render_progress(const ProgressView& view, int width, bool unicode) {
  const int usable = std::max(1, width - 1);
  int longest = 0;
  for (const ProgressRow& row : view.rows) longest = std::max(longest, display_width(row.name));
  const bool roomy = usable >= 50;
  const int name_width = roomy ? std::min(longest, std::max(12, usable / 3))
                               : std::min(longest, std::max(1, usable - 6));
  const int bar_width = roomy ? std::clamp(usable / 5, 8, 30) : 0;

  std::vector<std::string> lines;
  for (const ProgressRow& row : view.rows) {
    std::string line = fit_to_width(cut_name_to_width(row.name, name_width), name_width);
    if (row.phase == FilePhase::waiting || row.phase == FilePhase::to_send) {
      line += "  " + row.status;
    } else {
      if (bar_width > 0) line += " [" + render_bar(row.fraction, bar_width, unicode) + "]";
      line += " " + percent(row.fraction) + "  " + row.status;
    }
    lines.push_back(cut_to_width(line, usable));
  }
  lines.push_back(cut_to_width(total_line(view, name_width, bar_width, unicode), usable));
  if (!view.trouble.empty()) lines.push_back(cut_to_width(view.trouble, usable));
  return lines;
}

std::string repaint(std::size_t rows_before, const std::vector<std::string>& lines) {
  std::string out;
  if (rows_before > 0) out += fmt::format("\x1b[{}A", rows_before);
  out += "\r";
  for (const std::string& line : lines) out += line + "\x1b[K\n";
  out += "\x1b[J";
  return out;
}

}  // namespace transcribed::client
