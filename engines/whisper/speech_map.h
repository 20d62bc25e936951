// Where a recording has speech, as far as it was listened to. Positions are samples from the
// recording's beginning. An hour takes 14 KB.
#pragma once

#include <cstddef>
#include <vector>

namespace transcribed::whisper {

class SpeechMap {
 public:
  // What a SpeechDetector said of the frames that follow.
  void add(const std::vector<bool>& frames);
  // Nothing is known from here on.
  std::size_t known_to() const;
  // Where speech begins, or quiet, at or after `from`: `from` itself when it is in it, known_to()
  // where there is none.
  std::size_t speech_from(std::size_t from) const { return next(from, true); }
  std::size_t quiet_from(std::size_t from) const { return next(from, false); }

 private:
  std::size_t next(std::size_t from, bool speech) const;

  std::vector<bool> frames_;
};

}  // namespace transcribed::whisper
