#include "core/printed_transcript.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

namespace transcribed::core {
namespace {

constexpr std::string_view arrow = "-->";
constexpr std::string_view blanks = " \t\r";

std::string_view stripped(std::string_view text) {
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

// "HH:MM:SS,mmm", "HH:MM:SS.mmm" or "MM:SS.mmm", in seconds.
std::optional<double> read_time(std::string_view text) {
  double seconds = 0;
  int fields = 0;
  while (true) {
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || number < 0) return std::nullopt;
    seconds = seconds * 60 + number;
    ++fields;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text.empty() || text.front() != ':') break;
    text.remove_prefix(1);
  }
  if (fields < 2 || fields > 3) return std::nullopt;
  if (text.empty()) return seconds;
  if (text.front() != ',' && text.front() != '.') return std::nullopt;
  text.remove_prefix(1);
  double unit = 0.1;
  for (char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    seconds += unit * (c - '0');
    unit /= 10;
  }
  return seconds;
}

struct Timing {
  double start_s = 0;
  double end_s = 0;
  bool bracketed = false;
  std::string_view text;  // after "]" on the same line
};

std::optional<Timing> read_timing(std::string_view line) {
  Timing timing;
  line = stripped(line);
  if (line.starts_with('[')) {
    const auto close = line.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    timing.bracketed = true;
    timing.text = stripped(line.substr(close + 1));
    line = line.substr(1, close - 1);
  }
  const auto at = line.find(arrow);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view from = stripped(line.substr(0, at));
  // WebVTT may have cue settings after the end time.
  std::string_view to = stripped(line.substr(at + arrow.size()));
  to = to.substr(0, to.find_first_of(blanks));
  const auto start = read_time(from);
  const auto end = read_time(to);
  if (!start || !end) return std::nullopt;
  timing.start_s = *start;
  timing.end_s = std::max(*start, *end);
  return timing;
}

std::string_view next_line(std::string_view& rest) {
  const auto end = rest.find('\n');
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return line;
}

Transcript read_plain(std::string_view printed) {
  Transcript out;
  while (!printed.empty()) {
    const std::string_view line = stripped(next_line(printed));
    if (line.empty()) continue;
    Segment segment;
    segment.id = static_cast<int>(out.segments.size());
    segment.text = line;
    out.segments.push_back(std::move(segment));
  }
  return out;
}

}  // namespace

Transcript read_printed_transcript(std::string_view printed) {
  Transcript out;
  bool in_cue = false;
  std::string_view rest = printed;
  while (!rest.empty()) {
    const std::string_view line = next_line(rest);
    if (const auto timing = read_timing(line)) {
      Segment segment;
      segment.id = static_cast<int>(out.segments.size());
      segment.start_s = timing->start_s;
      segment.end_s = timing->end_s;
      segment.text = timing->text;
      out.segments.push_back(std::move(segment));
      in_cue = !timing->bracketed;
    } else if (const std::string_view text = stripped(line); text.empty()) {
      in_cue = false;
    } else if (in_cue) {
      std::string& so_far = out.segments.back().text;
      if (!so_far.empty()) so_far += '\n';
      so_far += text;
    }
  }
  if (out.segments.empty()) return read_plain(printed);
  out.duration_s = out.segments.back().end_s;
  return out;
}

}  // namespace transcribed::core
