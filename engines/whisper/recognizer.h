// What a transcription needs of Whisper: ears for one window of sound at a time. The tests have
// their own.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "core/failure.h"

namespace transcribed::whisper {

struct Window {
  std::span<const float> samples;  // 16 kHz mono
  // The sound goes on and the window's end may be in the middle of a word; samples beyond 30 s are
  // there to be looked at, not to be heard.
  bool goes_on = false;
  std::string language;  // ISO 639-1; empty: find out
  // Asked often while the window is heard; once it says false, give up.
  std::function<bool()> keep_on;
};

// Times in seconds from the window's start, as the model says them: they can be anything.
struct HeardToken {
  int id = 0;
  bool is_text = false;  // and not a time or a mark
  std::string text;      // may be a part of a character
  double start_s = 0;    // only where times of words were asked for
  double end_s = 0;
  double probability = 0;
  double log_probability = 0;
};
struct HeardSegment {
  double start_s = 0;
  double end_s = 0;
  std::string text;
  std::vector<HeardToken> tokens;
};
struct HeardWindow {
  std::vector<HeardSegment> segments;
  double heard_s = 0;  // how much of the window is dealt with: the next one begins there
  std::string language;
  std::optional<double> language_probability;  // where it was found out in this window
  std::optional<double> temperature;           // that the segments were decoded with in the end
  std::optional<double> no_speech_prob;        // that nobody speaks in it
};

// One job's. One thread.
class Recognizer {
 public:
  virtual ~Recognizer() = default;
  // Returns early, with whatever failure, once it is not to keep on.
  virtual tl::expected<HeardWindow, core::Failure> hear(const Window& window) = 0;
};

}  // namespace transcribed::whisper
