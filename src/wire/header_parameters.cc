#include "wire/header_parameters.h"

#include <algorithm>

#include "wire/utf8.h"

namespace transcribed::wire {
namespace {

bool is_token_char(char c) {
  if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return true;
  return c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

std::string_view take_token(std::string_view& text) {
  std::size_t n = 0;
  while (n < text.size() && is_token_char(text[n])) ++n;
  const auto token = text.substr(0, n);
  text.remove_prefix(n);
  return token;
}

// After the opening quote; nothing when the closing one is missing.
std::optional<std::string> take_quoted(std::string_view& text) {
  std::string value;
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c == '"') return value;
    if (c == '\\' && !text.empty() && (text.front() == '"' || text.front() == '\\')) {
      value += text.front();
      text.remove_prefix(1);
    } else {
      value += c;
    }
  }
  return std::nullopt;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char);
}

std::string to_lower(std::string_view text) {
  std::string lower(text);
  for (auto& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

std::string_view trim_blanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

const std::string* ParameterisedValue::find(std::string_view name) const {
  const auto found = std::find_if(parameters.begin(), parameters.end(),
                                  [&](const auto& entry) { return entry.first == name; });
  return found == parameters.end() ? nullptr : &found->second;
}

std::optional<ParameterisedValue> parse_parameterised(std::string_view header) {
  ParameterisedValue result;
  const auto end = std::min(header.find(';'), header.size());
  result.value = to_lower(trim_blanks(header.substr(0, end)));
  if (result.value.empty()) return std::nullopt;
  auto rest = header.substr(end);
  while (!rest.empty()) {
    if (rest.front() != ';') return std::nullopt;
    rest.remove_prefix(1);
    rest = trim_blanks(rest);
    if (rest.empty() || rest.front() == ';') continue;
    auto name = to_lower(take_token(rest));
    rest = trim_blanks(rest);
    if (name.empty() || !rest.starts_with('=') || result.find(name)) return std::nullopt;
    rest.remove_prefix(1);
    rest = trim_blanks(rest);
    std::string value;
    if (rest.starts_with('"')) {
      rest.remove_prefix(1);
      auto quoted = take_quoted(rest);
      if (!quoted) return std::nullopt;
      value = std::move(*quoted);
    } else {
      value = take_token(rest);
      if (value.empty()) return std::nullopt;
    }
    result.parameters.emplace_back(std::move(name), std::move(value));
    rest = trim_blanks(rest);
  }
  return result;
}

std::optional<std::string> decode_percent(std::string_view encoded) {
  std::string text;
  while (!encoded.empty()) {
    if (encoded.front() != '%') {
      text += encoded.front();
      encoded.remove_prefix(1);
      continue;
    }
    if (encoded.size() < 3 || hex_digit(encoded[1]) < 0 || hex_digit(encoded[2]) < 0) {
      return std::nullopt;
    }
    text += static_cast<char>(hex_digit(encoded[1]) * 16 + hex_digit(encoded[2]));
    encoded.remove_prefix(3);
  }
  return text;
}

std::optional<std::string> decode_extended(std::string_view value) {
  const auto charset_end = value.find('\'');
  if (charset_end == std::string_view::npos) return std::nullopt;
  if (to_lower(value.substr(0, charset_end)) != "utf-8") return std::nullopt;
  const auto language_end = value.find('\'', charset_end + 1);
  if (language_end == std::string_view::npos) return std::nullopt;
  auto text = decode_percent(value.substr(language_end + 1));
  if (!text || !is_valid_utf8(*text)) return std::nullopt;
  return text;
}

}  // namespace transcribed::wire
