// Text as a terminal shows it: nothing in a file name or a transcript may move the cursor, and cuts
// fall between characters. Pure; any thread.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace transcribed::client {

enum class Newlines { escape, keep };

// Control characters, direction overrides, bytes that are no UTF-8 and unprintable characters
// become visible escapes (\n, \x1b, \u{202e}). `keep` leaves newlines and tabs, for transcripts.
std::string escape_controls(std::string_view text, Newlines newlines = Newlines::escape);

// Columns that escaped text takes. Combining characters take none, East Asian wide ones two.
int display_width(std::string_view escaped);

// At most `width` columns, ending in "…" when something was cut.
std::string cut_to_width(std::string_view escaped, int width);
// The same for names, with "…" in the middle: files of one series differ at their ends.
std::string cut_name_to_width(std::string_view escaped, int width);
// Exactly `width` columns: cut, or filled with spaces.
std::string fit_to_width(std::string_view escaped, int width);

// "0:07", "12:05", "1:02:03"
std::string clock_duration(std::chrono::seconds duration);
// "8 s", "5 min", "3 h", "2 d"
std::string rough_duration(std::chrono::seconds duration);

// "1 file", "3 files"
std::string count_of(std::size_t count, std::string_view singular, std::string_view plural);

}  // namespace transcribed::client
