// A terminal taken over as a whole: its other screen, keys as they are pressed. Everything is given
// back at the end. One thread.
#pragma once

#include <termios.h>

#include <optional>
#include <string>
#include <vector>

namespace transcribed::client {

class FullScreen {
 public:
  // Draws on `screen`, which is a terminal, and reads keys from `keys` if that is one, too.
  FullScreen(int screen, int keys);
  ~FullScreen();
  FullScreen(const FullScreen&) = delete;
  FullScreen& operator=(const FullScreen&) = delete;

  // The lines from the top, each narrower than the terminal, no more than it has rows; in one
  // write, over what stood there. False when the terminal is gone.
  bool draw(const std::vector<std::string>& lines);
  // Readable when a key was pressed; -1 when there are no keys.
  int key_fd() const { return before_ ? keys_ : -1; }
  // The next key; nothing when there is none. Of a key that sends several bytes, each one.
  std::optional<char> take_key();

 private:
  const int screen_;
  const int keys_;
  std::optional<termios> before_;
  bool input_ended_ = false;
};

}  // namespace transcribed::client
