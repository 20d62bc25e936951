#include "core/transcript.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>

namespace transcribed::core {
namespace {

std::string_view stripped(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

// A cue's text: an arrow would start a new cue's timing line, a blank line would end the cue.
std::string cue_text(std::string_view text) {
  std::string out;
  for (char c : stripped(text)) {
    if (c == '\r') continue;
    if (c == '\n' && (out.empty() || out.back() == '\n')) continue;
    out += c;
  }
  for (auto at = out.find("-->"); at != std::string::npos; at = out.find("-->", at)) {
    out.replace(at, 3, "->");
  }
  return out;
}

enum class Hours { always, when_any };

std::string timestamp(double seconds, Hours hours, char decimal_mark) {
  const auto ms = static_cast<std::int64_t>(std::llround(std::max(0.0, seconds) * 1000.0));
  const std::int64_t h = ms / 3'600'000;
  char buffer[40];
  const int m = static_cast<int>(ms / 60'000 % 60);
  const int s = static_cast<int>(ms / 1000 % 60);
  const int rest = static_cast<int>(ms % 1000);
  if (hours == Hours::when_any && h == 0) {
    std::snprintf(buffer, sizeof buffer, "%02d:%02d%c%03d", m, s, decimal_mark, rest);
  } else {
    std::snprintf(buffer, sizeof buffer, "%02lld:%02d:%02d%c%03d", static_cast<long long>(h), m, s,
                  decimal_mark, rest);
  }
  return buffer;
}

}  // namespace

std::string to_txt(const Transcript& transcript) {
  std::string out;
  for (const Segment& segment : transcript.segments) {
    out += stripped(segment.text);
    out += '\n';
  }
  return out;
}

std::string to_srt(const Transcript& transcript) {
  std::string out;
  int number = 0;
  for (const Segment& segment : transcript.segments) {
    out += std::to_string(++number) + '\n' + timestamp(segment.start_s, Hours::always, ',') +
           " --> " + timestamp(segment.end_s, Hours::always, ',') + '\n' + cue_text(segment.text) +
           "\n\n";
  }
  return out;
}

std::string to_vtt(const Transcript& transcript) {
  std::string out = "WEBVTT\n\n";
  for (const Segment& segment : transcript.segments) {
    out += timestamp(segment.start_s, Hours::when_any, '.') + " --> " +
           timestamp(segment.end_s, Hours::when_any, '.') + '\n' + cue_text(segment.text) + "\n\n";
  }
  return out;
}

}  // namespace transcribed::core
