// From the text of a flag or variable to a value.
#include <charconv>
#include <system_error>

#include "daemon/config_settings.h"

namespace transcribed::daemon {
namespace {

std::vector<std::string> split(std::string_view words, char separator) {
  std::vector<std::string> parts;
  while (!words.empty()) {
    const auto end = words.find(separator);
    std::string_view part = words.substr(0, end);
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    if (!part.empty()) parts.emplace_back(part);
    words = end == std::string_view::npos ? std::string_view() : words.substr(end + 1);
  }
  return parts;
}

}  // namespace

std::string in_quotes(std::string_view text) { return "\"" + std::string(text) + "\""; }

std::string whole_number_from(std::int64_t min, std::int64_t max) {
  return "a whole number from " + std::to_string(min) + " to " + std::to_string(max);
}

std::optional<std::string> out_of_range(std::int64_t number, std::int64_t min, std::int64_t max) {
  if (number >= min && number <= max) return std::nullopt;
  return "is " + std::to_string(number) +
         (number < min ? ", which is too small" : ", which is too large") + "; use " +
         whole_number_from(min, max);
}

tl::expected<Value, std::string> read_value(const Setting& setting, std::string_view text) {
  switch (setting.type) {
    case ValueType::text:
      return Value(std::string(text));
    case ValueType::list:
      return Value(split(text, setting.separator));
    case ValueType::boolean:
      for (const char* word : {"true", "yes", "on", "1"}) {
        if (text == word) return Value(true);
      }
      for (const char* word : {"false", "no", "off", "0"}) {
        if (text == word) return Value(false);
      }
      return tl::unexpected("is " + in_quotes(text) + "; use true or false");
    case ValueType::integer:
      break;
  }
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool all = end == text.data() + text.size();
  if (error == std::errc::result_out_of_range && all) {
    return tl::unexpected("is " + std::string(text) + ", which is " +
                          (text.starts_with('-') ? "too small" : "too large") + "; use " +
                          whole_number_from(setting.min, setting.max));
  }
  if (error != std::errc() || !all) {
    return tl::unexpected("is " + in_quotes(text) + ", which is not a whole number; use " +
                          whole_number_from(setting.min, setting.max));
  }
  if (auto wrong = out_of_range(number, setting.min, setting.max)) return tl::unexpected(*wrong);
  return Value(number);
}

}  // namespace transcribed::daemon
