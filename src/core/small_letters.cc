#include "core/small_letters.h"

#include <cstdint>

#include "core/characters.h"

namespace transcribed::core {
namespace {

// Large letters whose small ones stand `distance` further on: each of them, or every second one,
// the small one being the next.
struct Letters {
  char32_t first;
  char32_t last;
  std::int32_t distance;
  bool every_second;
};

constexpr Letters letters[] = {
    {0x00C0, 0x00D6, 32, false},    {0x00D8, 0x00DE, 32, false}, {0x0100, 0x012E, 1, true},
    {0x0130, 0x0130, -199, false},  // the Turkish I with a dot: i
    {0x0132, 0x0136, 1, true},      {0x0139, 0x0147, 1, true},   {0x014A, 0x0176, 1, true},
    {0x0178, 0x0178, -121, false},  {0x0179, 0x017D, 1, true},   {0x0218, 0x021A, 1, true},
    {0x0386, 0x0386, 38, false},    {0x0388, 0x038A, 37, false}, {0x038C, 0x038C, 64, false},
    {0x038E, 0x038F, 63, false},    {0x0391, 0x03A1, 32, false}, {0x03A3, 0x03AB, 32, false},
    {0x03C2, 0x03C2, 1, false},  // the sigma at a word's end: as any other
    {0x0400, 0x040F, 80, false},    {0x0410, 0x042F, 32, false}, {0x0460, 0x0480, 1, true},
    {0x048A, 0x04BE, 1, true},      {0x04D0, 0x052E, 1, true},   {0x1E00, 0x1E94, 1, true},
    {0x1E9E, 0x1E9E, -7615, false},  // the large sharp s
    {0x1EA0, 0x1EFE, 1, true},
};

char32_t small_letter(char32_t code) {
  for (const Letters& some : letters) {
    if (code < some.first) break;
    if (code > some.last) continue;
    if (some.every_second && (code - some.first) % 2 != 0) break;
    return static_cast<char32_t>(static_cast<std::int32_t>(code) + some.distance);
  }
  return code;
}

// Of those above none is beyond U+FFFF.
void append(std::string& to, char32_t code) {
  if (code < 0x80) {
    to += static_cast<char>(code);
  } else if (code < 0x800) {
    to += static_cast<char>(0xC0 | code >> 6);
    to += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    to += static_cast<char>(0xE0 | code >> 12);
    to += static_cast<char>(0x80 | (code >> 6 & 0x3F));
    to += static_cast<char>(0x80 | (code & 0x3F));
  }
}

}  // namespace

std::string in_small_letters(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const char byte = text[at];
    if (static_cast<unsigned char>(byte) < 0x80) {
      out += byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte - 'A' + 'a') : byte;
      ++at;
      continue;
    }
    const Character character = character_at(text, at);
    const char32_t small = small_letter(character.code);
    if (small == character.code) {
      out += text.substr(at, character.bytes);
    } else {
      append(out, small);
    }
    at += character.bytes;
  }
  return out;
}

}  // namespace transcribed::core
