// The part of a terminal that is redrawn in place: lines that stay above it, bars below. One
// thread.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace transcribed::client {

struct TerminalSize {
  int columns = 80;
  int rows = 24;
};
// Of the terminal behind `fd`; 80 x 24 where it does not say.
TerminalSize terminal_size(int fd);

class LiveArea {
 public:
  // Draws on `fd`, which is a terminal.
  explicit LiveArea(int fd) : fd_(fd) {}

  // Replaces the area by `lines`, with `above` as lines that stay before it: in one write, so that
  // a terminal never shows half of it. Each line of the area must be narrower than the terminal. No
  // lines take the area away.
  void draw(const std::vector<std::string>& lines, const std::vector<std::string>& above = {});

 private:
  // Rows the area takes now: a terminal made narrower has wrapped what was drawn.
  std::size_t rows_taken() const;

  int fd_;
  std::vector<std::string> drawn_;
};

}  // namespace transcribed::client
