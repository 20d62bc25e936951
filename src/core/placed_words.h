// Where the words of a segment stand in its text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/transcript.h"

namespace transcribed::core {

struct PlacedWord {
  std::size_t begin = 0;  // bytes of the text
  std::size_t end = 0;
  double start_s = 0;  // in the order of time, and within the segment
  double end_s = 0;

  bool operator==(const PlacedWord&) const = default;
};

// `text` is segment.text as `clean` gives it, and each word is looked for as `clean` gives it.
// Between two words only blanks and punctuation may be left over; where that is not so, words and
// text are not of one mind, and there are none.
std::vector<PlacedWord> place_words(std::string_view text, const Segment& segment,
                                    std::string (*clean)(std::string_view));

}  // namespace transcribed::core
