// Whisper's tokens are pieces of words; people want words.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/transcript.h"

namespace transcribed::whisper {

// One token of a transcript's text; times in seconds.
struct TimedToken {
  std::string text;  // may be a part of a character
  double start_s = 0;
  double end_s = 0;
  double probability = 0;
};

// A word begins at a space. In languages written without spaces (zh, ja, th, lo, my, yue) each
// character is one. A word's probability is its tokens' mean. Blank ones are left out.
std::vector<core::Word> words_of(const std::vector<TimedToken>& tokens, std::string_view language);

// Without the blanks at both ends.
std::string trimmed(std::string_view text);

}  // namespace transcribed::whisper
