#include "client/live_area.h"

#include <sys/ioctl.h>

#include <algorithm>

#include "client/progress_view.h"
#include "client/result_file.h"
#include "client/terminal_text.h"

namespace transcribed::client {

TerminalSize terminal_size(int fd) {
  TerminalSize size;
  winsize window{};
  if (::ioctl(fd, TIOCGWINSZ, &window) == 0) {
    if (window.ws_col > 0) size.columns = window.ws_col;
    if (window.ws_row > 0) size.rows = window.ws_row;
  }
  return size;
}

std::size_t LiveArea::rows_taken() const {
  const int columns = terminal_size(fd_).columns;
  std::size_t rows = 0;
  for (const std::string& line : drawn_) {
    rows += static_cast<std::size_t>(std::max(1, (display_width(line) + columns - 1) / columns));
  }
  return rows;
}

void LiveArea::draw(const std::vector<std::string>& lines, const std::vector<std::string>& above) {
  if (above.empty() && lines == drawn_) return;
  std::vector<std::string> all = above;
  all.insert(all.end(), lines.begin(), lines.end());
  // A terminal that is gone is no reason to stop working.
  (void)write_all(fd_, repaint(rows_taken(), all));
  drawn_ = lines;
}

}  // namespace transcribed::client
