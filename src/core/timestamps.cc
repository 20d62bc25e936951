#include "core/timestamps.h"

#include <algorithm>
#include <cmath>

namespace transcribed::core {
namespace {

// Thirty years; far below where whole numbers would overflow.
constexpr double longest_s = 1e9;

std::int64_t rounded(double seconds, double parts) {
  if (!(seconds > 0)) return 0;
  return std::llround(std::min(seconds, longest_s) * parts);
}

void append_padded(std::string& out, std::int64_t number, std::size_t digits) {
  const std::string text = std::to_string(number);
  if (text.size() < digits) out.append(digits - text.size(), '0');
  out += text;
}

}  // namespace

std::int64_t to_milliseconds(double seconds) { return rounded(seconds, 1000); }

void append_timestamp(std::string& out, std::int64_t milliseconds, Hours hours, char decimal_mark) {
  const std::int64_t whole_hours = milliseconds / 3'600'000;
  if (hours == Hours::always || whole_hours > 0) {
    append_padded(out, whole_hours, 2);
    out += ':';
  }
  append_padded(out, milliseconds / 60'000 % 60, 2);
  out += ':';
  append_padded(out, milliseconds / 1000 % 60, 2);
  out += decimal_mark;
  append_padded(out, milliseconds % 1000, 3);
}

void append_lyrics_time(std::string& out, double seconds) {
  const std::int64_t hundredths = rounded(seconds, 100);
  append_padded(out, hundredths / 6000, 2);
  out += ':';
  append_padded(out, hundredths / 100 % 60, 2);
  out += '.';
  append_padded(out, hundredths % 100, 2);
}

}  // namespace transcribed::core
