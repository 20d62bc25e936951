// Text as a search compares it: without the difference between large letters and small ones. Pure,
// any thread.
#pragma once

#include <string>
#include <string_view>

namespace transcribed::core {

// In small letters, of the alphabets that have two kinds: Latin with its accents, Greek, Cyrillic.
// Everything else, what is no UTF-8 included, stays as it is. Whatever the locale is.
std::string in_small_letters(std::string_view text);

}  // namespace transcribed::core
