#include "core/characters.h"

#include <algorithm>
#include <cstdint>

namespace transcribed::core {
namespace {

constexpr char32_t replacement = 0xFFFD;

struct Range {
  char32_t first;
  char32_t last;
};

template <std::size_t size>
bool is_in(const Range (&ranges)[size], char32_t code) {
  return std::any_of(std::begin(ranges), std::end(ranges),
                     [&](const Range& range) { return code >= range.first && code <= range.last; });
}

// Stay with what is before them: accents, joiners, variation selectors, skin tones.
bool is_joined_to_the_one_before(char32_t code) {
  constexpr Range ranges[] = {{0x0300, 0x036F}, {0x200D, 0x200D},   {0x20D0, 0x20FF},
                              {0x3099, 0x309A}, {0xFE00, 0xFE0F},   {0xFE20, 0xFE2F},
                              {0xFF9E, 0xFF9F}, {0x1F3FB, 0x1F3FF}, {0xE0100, 0xE01EF}};
  return is_in(ranges, code);
}

// What Japanese and Chinese typesetting keeps away from the beginning of a line, and from its end.
constexpr std::u32string_view never_first =
    U",.!?:;)]}%'\"»”’…‥、。〃々〉》」』】〕〗〙〛〜ーゝゞヽヾ・"
    U"ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ！），．：；？］｝～｡｣､･ｰ％";
constexpr std::u32string_view never_last = U"([{'\"«“‘〈《「『【〔〖〘〚（［｛｢￥＄$#";

constexpr std::string_view blanks = " \t\r\n";

}  // namespace

Character character_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at);
  if (lead < 0x80) return {lead, 1};
  const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || at + bytes > text.size()) return {replacement, 1};
  char32_t code = lead & (0xFFU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return {replacement, 1};
    code = code << 6 | (byte(at + i) & 0x3FU);
  }
  return {code, bytes};
}

std::size_t count_characters(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); at += character_at(text, at).bytes) ++count;
  return count;
}

char32_t first_character(std::string_view text) {
  return text.empty() ? 0 : character_at(text, 0).code;
}

char32_t last_character(std::string_view text) {
  if (text.empty()) return 0;
  std::size_t at = text.size() - 1;
  for (int back = 0; back < 3 && at > 0; ++back, --at) {
    if ((static_cast<unsigned char>(text[at]) & 0xC0) != 0x80) break;
  }
  const Character found = character_at(text, at);
  return at + found.bytes == text.size() ? found.code : replacement;
}

bool is_written_without_blanks(char32_t code) {
  constexpr Range ranges[] = {
      {0x2E80, 0x2FDF},    // radicals
      {0x3000, 0x30FF},    // punctuation, hiragana, katakana
      {0x3105, 0x312F},    // bopomofo
      {0x31A0, 0x4DBF},    // and ideographs
      {0x4E00, 0x9FFF},    //
      {0xF900, 0xFAFF},    //
      {0xFE30, 0xFE4F},    // vertical punctuation
      {0xFF01, 0xFF9F},    // wide ASCII, narrow katakana
      {0x1B000, 0x1B16F},  // old kana
      {0x20000, 0x3FFFF},
  };
  return is_in(ranges, code);
}

bool may_break_between(char32_t before, char32_t after) {
  if (!is_written_without_blanks(before) && !is_written_without_blanks(after)) return false;
  return !is_joined_to_the_one_before(after) && before != 0x200D &&
         never_first.find(after) == std::u32string_view::npos &&
         never_last.find(before) == std::u32string_view::npos;
}

bool belongs_to_a_word(char32_t code) {
  if (code < 0x80) {
    return (code >= '0' && code <= '9') || (code >= 'A' && code <= 'Z') ||
           (code >= 'a' && code <= 'z');
  }
  constexpr Range punctuation[] = {
      {0x80, 0xA9},     {0xAB, 0xB4},     {0xB6, 0xB8},     {0xBB, 0xBB},     {0xBF, 0xBF},
      {0x2000, 0x206F}, {0x3000, 0x3003}, {0x3008, 0x3020}, {0x3030, 0x3030}, {0x30FB, 0x30FB},
      {0xFE30, 0xFE4F}, {0xFF01, 0xFF0F}, {0xFF1A, 0xFF20}, {0xFF3B, 0xFF40}, {0xFF5B, 0xFF65}};
  return !is_in(punctuation, code);
}

std::string_view stripped(std::string_view text) {
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

}  // namespace transcribed::core
