// What an engine heard. The formats people read it in: transcript_text.h, subtitles.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
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
  std::optional<double> language_probability = {};  // where it was found out
  // Somebody has corrected it; the store keeps what the engine heard beside it.
  bool edited = false;
  // Another with every correction, and never one of before; 0: as the engine heard it.
  std::int64_t revision = 0;

  bool operator==(const Transcript&) const = default;
};

}  // namespace transcribed::core
