#include "core/transcript_text.h"

#include <algorithm>

#include "core/characters.h"
#include "core/placed_words.h"
#include "core/timestamps.h"

namespace transcribed::core {
namespace {

// Stripped, and on one line.
std::string line_text(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t end = text.find_first_of("\r\n");
    const std::string_view line = stripped(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (!out.empty() && !line.empty()) out += ' ';
    out += line;
  }
  std::replace(out.begin(), out.end(), '\t', ' ');
  return out;
}

}  // namespace

std::string_view divider(std::string_view before, std::string_view after) {
  if (before.empty() || after.empty()) return {};
  const bool without = is_written_without_blanks(last_character(before)) &&
                       is_written_without_blanks(first_character(after));
  return without ? std::string_view() : " ";
}

std::string GrowingText::next(const Segment& segment) {
  const std::string_view said = stripped(segment.text);
  if (said.empty()) return {};
  std::string added(divider(last_, said));
  added += said;
  last_ = said;
  return added;
}

std::string whole_text(const Transcript& transcript) {
  std::string text;
  GrowingText growing;
  for (const Segment& segment : transcript.segments) text += growing.next(segment);
  return text;
}

std::string to_txt(const Transcript& transcript) {
  std::string out;
  for (const Segment& segment : transcript.segments) {
    out += stripped(segment.text);
    out += '\n';
  }
  return out;
}

std::string to_tsv(const Transcript& transcript) {
  std::string out = "start\tend\ttext\n";
  for (const Segment& segment : transcript.segments) {
    out += std::to_string(to_milliseconds(segment.start_s));
    out += '\t';
    out += std::to_string(to_milliseconds(segment.end_s));
    out += '\t';
    out += line_text(segment.text);
    out += '\n';
  }
  return out;
}

std::string to_lrc(const Transcript& transcript, WordStamps stamps) {
  std::string out;
  for (const Segment& segment : transcript.segments) {
    const std::string text = line_text(segment.text);
    if (text.empty()) continue;
    out += '[';
    append_lyrics_time(out, segment.start_s);
    out += ']';
    std::size_t written = 0;
    if (stamps == WordStamps::yes) {
      for (const PlacedWord& word : place_words(text, segment, line_text)) {
        out.append(text, written, word.begin - written);
        out += '<';
        append_lyrics_time(out, word.start_s);
        out += '>';
        written = word.begin;
      }
    }
    out.append(text, written);
    out += '\n';
  }
  return out;
}

}  // namespace transcribed::core
