#include "core/placed_words.h"

#include <algorithm>

#include "core/characters.h"

namespace transcribed::core {
namespace {

bool holds_a_word(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const Character character = character_at(text, at);
    if (belongs_to_a_word(character.code)) return true;
    at += character.bytes;
  }
  return false;
}

}  // namespace

std::vector<PlacedWord> place_words(std::string_view text, const Segment& segment,
                                    std::string (*clean)(std::string_view)) {
  std::vector<PlacedWord> placed;
  placed.reserve(segment.words.size());
  std::size_t from = 0;
  double last_s = segment.start_s;
  const double end_s = std::max(segment.start_s, segment.end_s);
  for (const Word& word : segment.words) {
    const std::string wanted = clean(word.text);
    if (wanted.empty()) continue;
    const std::size_t begin = text.find(wanted, from);
    if (begin == std::string_view::npos) return {};
    if (holds_a_word(text.substr(from, begin - from))) return {};
    from = begin + wanted.size();
    const double start_s = std::clamp(word.start_s, last_s, end_s);
    last_s = std::clamp(word.end_s, start_s, end_s);
    placed.push_back({.begin = begin, .end = from, .start_s = start_s, .end_s = last_s});
  }
  if (holds_a_word(text.substr(from))) return {};
  return placed;
}

}  // namespace transcribed::core
