#include "http/byte_range.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

namespace transcribed::http {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Digits only. What is longer than a number can be lies beyond every end.
std::optional<std::uint64_t> parse_position(std::string_view text) {
  if (text.empty() || !std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; })) {
    return std::nullopt;
  }
  std::uint64_t value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  return result.ec == std::errc{} ? value : std::numeric_limits<std::uint64_t>::max();
}

bool starts_with_bytes_unit(std::string_view text) {
  constexpr std::string_view unit = "bytes=";
  if (text.size() < unit.size()) return false;
  return std::equal(unit.begin(), unit.end(), text.begin(), [](char known, char sent) {
    return known == (sent >= 'A' && sent <= 'Z' ? static_cast<char>(sent - 'A' + 'a') : sent);
  });
}

}  // namespace

ByteRange parse_byte_range(std::string_view header, std::uint64_t size) {
  const ByteRange whole{ByteRange::Kind::whole, 0, size};
  const ByteRange unsatisfiable{ByteRange::Kind::unsatisfiable, 0, 0};
  header = trimmed(header);
  if (!starts_with_bytes_unit(header)) return whole;
  const auto range = trimmed(header.substr(header.find('=') + 1));
  const auto dash = range.find('-');
  if (dash == std::string_view::npos || range.find(',') != std::string_view::npos) return whole;
  const auto first_text = range.substr(0, dash);
  const auto last_text = range.substr(dash + 1);
  const auto last = parse_position(last_text);
  if (!last_text.empty() && !last) return whole;

  if (first_text.empty()) {  // the last so many
    if (!last) return whole;
    if (*last == 0 || size == 0) return unsatisfiable;
    const auto length = std::min(*last, size);
    return {ByteRange::Kind::part, size - length, length};
  }
  const auto first = parse_position(first_text);
  if (!first || (last && *last < *first)) return whole;
  if (*first >= size) return unsatisfiable;
  const auto end = last && *last < size ? *last + 1 : size;
  return {ByteRange::Kind::part, *first, end - *first};
}

}  // namespace transcribed::http
