// A transcript as text: whole, line by line, as a table, as lyrics. Pure functions, any thread.
#pragma once

#include <string>
#include <string_view>

#include "core/transcript.h"

namespace transcribed::core {

// What belongs between two stretches of speech: a blank, but in Chinese and Japanese nothing.
std::string_view divider(std::string_view before, std::string_view after);

// What each next segment adds to the text, so that it can be told while it grows; all of it
// together is whole_text().
class GrowingText {
 public:
  std::string next(const Segment& segment);

 private:
  std::string last_;  // segment that was not blank, stripped
};

// All segments' texts, each stripped, with what belongs between them.
std::string whole_text(const Transcript& transcript);

// The segments' texts, each stripped, one a line, with a final newline; empty for no segments.
std::string to_txt(const Transcript& transcript);
// "start<tab>end<tab>text" in whole milliseconds, with that header. Tabs and line ends in text
// become blanks.
std::string to_tsv(const Transcript& transcript);

enum class WordStamps { no, yes };
// "[mm:ss.cc]text" a segment that is not blank; with word stamps "<mm:ss.cc>" stands before each
// word (the "enhanced" format), where the times of words are known.
std::string to_lrc(const Transcript& transcript, WordStamps stamps = WordStamps::no);

}  // namespace transcribed::core
