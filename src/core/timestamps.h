// Times as subtitle files write them. Pure functions, any thread.
#pragma once

#include <cstdint>
#include <string>

namespace transcribed::core {

// Rounded; what is negative or no number is 0.
std::int64_t to_milliseconds(double seconds);

enum class Hours { always, when_any };
// "01:02:03,004", or "02:03.004" where no hours are written.
void append_timestamp(std::string& out, std::int64_t milliseconds, Hours hours, char decimal_mark);

// "62:03.46": minutes without end, as lyrics files have no hours.
void append_lyrics_time(std::string& out, double seconds);

}  // namespace transcribed::core
