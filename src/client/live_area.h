// The part of a terminal that is redrawn in place: lines that stay above it, bars below. One
// thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
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

  // Replaces the area. Each line must be narrower than the terminal.
  void draw(const std::vector<std::string>& lines);
  // A line that stays, above the area, which is gone until the next draw().
  void print_above(std::string_view line);
  // Takes the area away.
  void clear();

 private:
  // Rows the area takes now: a terminal made narrower has wrapped what was drawn.
  std::size_t rows_taken() const;
  void show(std::string_view bytes);

  int fd_;
  std::vector<std::string> drawn_;
};

}  // namespace transcribed::client
