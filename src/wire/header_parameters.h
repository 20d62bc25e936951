// Header values of the form `value; name=token; name="quoted"` (Content-Type, Content-Disposition).
// Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace transcribed::wire {

struct ParameterisedValue {
  std::string value;                                            // in lower case: "form-data"
  std::vector<std::pair<std::string, std::string>> parameters;  // names in lower case

  // Nothing when there is none of that name.
  const std::string* find(std::string_view name) const;
};

// Nothing when it is malformed or a parameter comes twice. In a quoted string only \" and \\ are
// escapes: browsers of old sent a file name's whole path, with backslashes that mean themselves.
std::optional<ParameterisedValue> parse_parameterised(std::string_view header);

// RFC 8187, as in filename*: "UTF-8''na%C3%AFve.mp3" -> "naïve.mp3". Nothing for another character
// set.
std::optional<std::string> decode_extended(std::string_view value);

// A word as header names are.
bool is_token(std::string_view text);

// "a%20b" -> "a b"; the bytes may be any. Nothing where a % is not followed by two digits.
std::optional<std::string> decode_percent(std::string_view encoded);

std::string to_lower(std::string_view text);
std::string_view trim_blanks(std::string_view text);

}  // namespace transcribed::wire
