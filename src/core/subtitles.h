// Subtitle files. Pure functions, any thread.
#pragma once

#include <string>

#include "core/cues.h"
#include "core/transcript.h"

namespace transcribed::core {

struct SubtitleOptions {
  CueLimits limits;
  // A cue for each word, in which it is underlined (<u>), and for the pauses between them one in
  // which none is, as openai-whisper's highlight_words makes them. Segments that do not tell the
  // times of their words are written as without it.
  bool highlight_words = false;
};

// SubRip: hours always, a comma before the milliseconds; "-->" in text becomes "->".
std::string to_srt(const Transcript& transcript, const SubtitleOptions& options = {});
// WebVTT (https://www.w3.org/TR/webvtt1/): hours only where there are any; "-->" becomes "->", and
// "&" and "<", which begin something in that format, are escaped.
std::string to_vtt(const Transcript& transcript, const SubtitleOptions& options = {});

}  // namespace transcribed::core
