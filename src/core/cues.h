// From segments to what stands on the screen at once. Pure functions, any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/placed_words.h"
#include "core/transcript.h"

namespace transcribed::core {

// Characters are code points. A word that is longer than a line stands on a line of its own.
struct CueLimits {
  std::optional<int> max_line_width;  // from 1
  std::optional<int> max_line_count;  // lines of a cue, from 1

  bool operator==(const CueLimits&) const = default;
};

struct TextRange {
  std::size_t begin = 0;  // bytes
  std::size_t end = 0;
};

struct Cue {
  double start_s = 0;
  double end_s = 0;
  std::vector<TextRange> lines;
};

// The cues of one segment, in the order of time: the first begins and the last ends with the
// segment. No cue for a segment without text.
struct SegmentCues {
  std::string text;
  std::vector<PlacedWord> words;  // in `text`; none where the times of words are not known
  std::vector<Cue> cues;          // their lines are of `text`, and hold all of it but blanks
};

// What a cue may hold of a text: stripped, no blank lines, which would end the cue, and "->" for
// "-->", which would begin one.
std::string cue_text(std::string_view text);

// A segment that is too long for one cue becomes several: cut by the times of its words, or else
// as if each character took equally long.
SegmentCues cues_of(const Segment& segment, const CueLimits& limits);

}  // namespace transcribed::core
