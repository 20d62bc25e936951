#include "whisper/word_groups.h"

#include <algorithm>
#include <array>
#include <utility>

namespace transcribed::whisper {
namespace {

bool is_written_without_spaces(std::string_view language) {
  constexpr std::array<std::string_view, 6> languages = {"zh", "ja", "th", "lo", "my", "yue"};
  return std::find(languages.begin(), languages.end(), language) != languages.end();
}

// Whether `text` ends between two characters of UTF-8. Nonsense counts as whole.
bool ends_whole(std::string_view text) {
  std::size_t following = 0;
  while (following < text.size() && following < 4) {
    const auto byte = static_cast<unsigned char>(text[text.size() - 1 - following]);
    if ((byte & 0xC0) == 0x80) {
      ++following;
      continue;
    }
    const std::size_t announced = byte >= 0xF0 ? 3 : byte >= 0xE0 ? 2 : byte >= 0xC0 ? 1 : 0;
    return following >= announced;
  }
  return true;
}

struct Group {
  std::string text;
  double start_s = 0;
  double end_s = 0;
  double probabilities = 0;
  int tokens = 0;
};

}  // namespace

std::string trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n\f\v";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(blanks) - first + 1));
}

std::vector<core::Word> words_of(const std::vector<TimedToken>& tokens, std::string_view language) {
  const bool by_character = is_written_without_spaces(language);
  std::vector<Group> groups;
  for (const TimedToken& token : tokens) {
    const bool begins = groups.empty() || token.text.starts_with(' ') ||
                        (by_character && ends_whole(groups.back().text));
    if (begins) groups.push_back({.text = {}, .start_s = token.start_s, .end_s = token.end_s});
    Group& group = groups.back();
    group.text += token.text;
    group.end_s = std::max(group.end_s, token.end_s);
    group.probabilities += token.probability;
    ++group.tokens;
  }
  std::vector<core::Word> words;
  for (const Group& group : groups) {
    std::string text = trimmed(group.text);
    if (text.empty()) continue;
    words.push_back({.start_s = group.start_s,
                     .end_s = group.end_s,
                     .text = std::move(text),
                     .probability = std::clamp(group.probabilities / group.tokens, 0.0, 1.0)});
  }
  return words;
}

}  // namespace transcribed::whisper
