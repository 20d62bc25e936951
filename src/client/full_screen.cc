#include "client/full_screen.h"

#include <poll.h>
#include <unistd.h>

#include "client/result_file.h"

namespace transcribed::client {

FullScreen::FullScreen(int screen, int keys) : screen_(screen), keys_(keys) {
  termios settings{};
  if (::tcgetattr(keys_, &settings) == 0) {
    before_ = settings;
    settings.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    settings.c_cc[VMIN] = 1;
    settings.c_cc[VTIME] = 0;
    // Stopped half way, it would leave its screen to the shell.
    settings.c_cc[VSUSP] = _POSIX_VDISABLE;
    ::tcsetattr(keys_, TCSADRAIN, &settings);
  }
  (void)write_all(screen_, "\x1b[?1049h\x1b[?25l");  // the other screen, no cursor
}

FullScreen::~FullScreen() {
  (void)write_all(screen_, "\x1b[?25h\x1b[?1049l");
  if (before_) ::tcsetattr(keys_, TCSADRAIN, &*before_);
}

bool FullScreen::draw(const std::vector<std::string>& lines) {
  std::string out = "\x1b[H";
  for (std::size_t i = 0; i < lines.size(); ++i) {
    out += (i == 0 ? "" : "\r\n") + lines[i] + "\x1b[K";
  }
  out += "\x1b[J";
  return !write_all(screen_, out);
}

std::optional<char> FullScreen::take_key() {
  pollfd entry{key_fd(), POLLIN, 0};
  if (input_ended_ || ::poll(&entry, 1, 0) != 1) return std::nullopt;
  char key = 0;
  if (::read(keys_, &key, 1) == 1) return key;
  input_ended_ = true;
  return 'q';  // a terminal that is gone
}

}  // namespace transcribed::client
