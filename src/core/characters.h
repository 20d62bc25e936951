// Characters of UTF-8 text, as far as laying out lines needs to know them. A character is a code
// point. Pure functions, any thread.
#pragma once

#include <cstddef>
#include <string_view>

namespace transcribed::core {

struct Character {
  char32_t code = 0;
  std::size_t bytes = 1;
};

// The one that begins at the byte `at`, which must be inside. What is no UTF-8 reads as U+FFFD, a
// byte at a time.
Character character_at(std::string_view text, std::size_t at);
std::size_t count_characters(std::string_view text);
// U+0000 for empty text.
char32_t first_character(std::string_view text);
char32_t last_character(std::string_view text);

// Chinese and Japanese, their punctuation included: no blanks between words, and a line may end
// nearly anywhere.
bool is_written_without_blanks(char32_t code);
// Whether a new line may begin between two characters that no blank divides.
bool may_break_between(char32_t before, char32_t after);
// A letter, a digit, a sign; neither blank nor punctuation.
bool belongs_to_a_word(char32_t code);

// Without the blanks (space, tab, line ends) at both ends.
std::string_view stripped(std::string_view text);

}  // namespace transcribed::core
