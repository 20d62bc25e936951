#include "core/cues.h"

#include <algorithm>
#include <limits>

#include "core/characters.h"

namespace transcribed::core {
namespace {

// What no line may be broken in.
struct Unit {
  std::size_t begin = 0;  // bytes
  std::size_t end = 0;
  std::size_t first_character = 0;
  std::size_t end_character = 0;
  bool begins_line = false;
};

bool is_blank(char32_t code) { return code == ' ' || code == '\t'; }

std::vector<Unit> units_of(std::string_view text) {
  std::vector<Unit> units;
  bool open = false;  // the last unit may go on
  bool after_line_end = false;
  char32_t before = 0;
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); ++count) {
    const Character character = character_at(text, at);
    if (is_blank(character.code) || character.code == '\n') {
      open = false;
      after_line_end = after_line_end || character.code == '\n';
    } else {
      if (!open || may_break_between(before, character.code)) {
        units.push_back({.begin = at, .first_character = count, .begins_line = after_line_end});
      }
      units.back().end = at + character.bytes;
      units.back().end_character = count + 1;
      open = true;
      after_line_end = false;
    }
    before = character.code;
    at += character.bytes;
  }
  return units;
}

struct Line {
  TextRange range;
  std::size_t first_character = 0;
  std::size_t end_character = 0;
};

std::vector<Line> lines_of(const std::vector<Unit>& units, std::size_t width) {
  std::vector<Line> lines;
  for (const Unit& unit : units) {
    const bool fits = !lines.empty() && !unit.begins_line &&
                      unit.end_character - lines.back().first_character <= width;
    if (!fits) lines.push_back({{unit.begin, unit.end}, unit.first_character, unit.end_character});
    lines.back().range.end = unit.end;
    lines.back().end_character = unit.end_character;
  }
  return lines;
}

// When places of a segment's text are spoken.
class Clock {
 public:
  Clock(const Segment& segment, const std::vector<PlacedWord>& words, std::size_t characters)
      : start_s_(segment.start_s),
        end_s_(std::max(segment.start_s, segment.end_s)),
        words_(words),
        characters_(characters) {}

  double start_of(const Line& line) const {
    if (words_.empty()) return by_share(line.first_character);
    const auto word = std::find_if(words_.begin(), words_.end(), [&](const PlacedWord& word) {
      return word.end > line.range.begin;
    });
    if (word == words_.end()) return end_s_;
    return within(*word, line.range.begin);
  }

  double end_of(const Line& line) const {
    if (words_.empty()) return by_share(line.end_character);
    const auto word = std::find_if(words_.rbegin(), words_.rend(), [&](const PlacedWord& word) {
      return word.begin < line.range.end;
    });
    if (word == words_.rend()) return start_s_;
    return within(*word, line.range.end);
  }

 private:
  // A word may be cut in two where lines end within it.
  static double within(const PlacedWord& word, std::size_t at) {
    if (at <= word.begin) return word.start_s;
    if (at >= word.end) return word.end_s;
    const double share =
        static_cast<double>(at - word.begin) / static_cast<double>(word.end - word.begin);
    return word.start_s + share * (word.end_s - word.start_s);
  }

  double by_share(std::size_t character) const {
    const double share = static_cast<double>(character) / static_cast<double>(characters_);
    return start_s_ + share * (end_s_ - start_s_);
  }

  double start_s_;
  double end_s_;
  const std::vector<PlacedWord>& words_;
  std::size_t characters_;
};

}  // namespace

std::string cue_text(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t end = text.find_first_of("\r\n");
    const std::string_view line = stripped(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty()) continue;
    if (!out.empty()) out += '\n';
    for (const char c : line) {
      if (c == '>') {
        while (out.ends_with("--")) out.pop_back();
      }
      out += c;
    }
  }
  return out;
}

SegmentCues cues_of(const Segment& segment, const CueLimits& limits) {
  SegmentCues result;
  result.text = cue_text(segment.text);
  result.words = place_words(result.text, segment, cue_text);
  constexpr auto unlimited = std::numeric_limits<std::size_t>::max();
  const auto limit = [](std::optional<int> most) {
    return most ? static_cast<std::size_t>(std::max(1, *most)) : unlimited;
  };
  const std::vector<Line> lines = lines_of(units_of(result.text), limit(limits.max_line_width));
  if (lines.empty()) return result;
  const std::size_t at_once = std::min(limit(limits.max_line_count), lines.size());
  const Clock clock(segment, result.words, lines.back().end_character);
  const double end_s = std::max(segment.start_s, segment.end_s);
  double last_s = segment.start_s;
  for (std::size_t first = 0; first < lines.size(); first += at_once) {
    const std::size_t end = std::min(first + at_once, lines.size());
    Cue cue;
    cue.start_s = first == 0 ? last_s : std::clamp(clock.start_of(lines[first]), last_s, end_s);
    cue.end_s =
        end == lines.size() ? end_s : std::clamp(clock.end_of(lines[end - 1]), cue.start_s, end_s);
    for (std::size_t i = first; i < end; ++i) cue.lines.push_back(lines[i].range);
    last_s = cue.end_s;
    result.cues.push_back(std::move(cue));
  }
  return result;
}

}  // namespace transcribed::core
