// What an engine heard, and the formats people read it in.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace transcribed::core {

struct Word {
  double start_s = 0;
  double end_s = 0;
  std::string text;
  std::optional<double> probability;

  bool operator==(const Word&) const = default;
};

struct Segment {
  int id = 0;  // from 0
  double start_s = 0;
  double end_s = 0;
  std::string text;
  std::vector<int> tokens;
  std::optional<double> avg_logprob;
  std::vector<Word> words;
  // Where the window began that it was heard in, in hundredths of a second (Whisper's frames).
  std::optional<int> seek;
  std::optional<double> temperature;  // that it was decoded with in the end
  std::optional<double> no_speech_prob;

  bool operator==(const Segment&) const = default;
};

struct Transcript {
  std::string language;  // empty: the engine did not say
  double duration_s = 0;
  std::vector<Segment> segments;

  bool operator==(const Transcript&) const = default;
};

// The segments' texts, each stripped, one a line, with a final newline; empty for no segments.
std::string to_txt(const Transcript& transcript);
// SubRip: hours always, a comma before the milliseconds; "-->" in text becomes "->".
std::string to_srt(const Transcript& transcript);
// WebVTT (https://www.w3.org/TR/webvtt1/): hours only where there are any; "-->" becomes "->".
std::string to_vtt(const Transcript& transcript);

}  // namespace transcribed::core
