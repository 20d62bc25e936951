#include "wire/json_writer.h"

#include <cmath>
#include <iterator>

#include <fmt/format.h>

#include "wire/json_text.h"
#include "wire/utf8.h"

namespace transcribed::wire {
namespace {

// How a character is written after a backslash; 0: it needs none. Control characters are others.
char escape_of(char c) {
  switch (c) {
    case '"':
    case '\\':
      return c;
    case '\b':
      return 'b';
    case '\f':
      return 'f';
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\t':
      return 't';
    default:
      return 0;
  }
}

}  // namespace

void JsonWriter::divide() {
  if (out_.empty()) return;
  const char last = out_.back();
  if (last != '{' && last != '[' && last != ':') out_ += ',';
}

void JsonWriter::begin(char bracket) {
  divide();
  out_ += bracket;
}

void JsonWriter::key(std::string_view name) {
  text(name);
  out_ += ':';
}

void JsonWriter::text(std::string_view value) {
  divide();
  out_ += '"';
  if (is_valid_utf8(value)) {
    append_text(value);
  } else {
    append_text(to_valid_utf8(value));
  }
  out_ += '"';
}

void JsonWriter::append_text(std::string_view value) {
  std::size_t plain_from = 0;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char escape = escape_of(value[i]);
    const auto byte = static_cast<unsigned char>(value[i]);
    if (escape == 0 && byte >= 0x20) continue;
    out_ += value.substr(plain_from, i - plain_from);
    plain_from = i + 1;
    if (escape != 0) {
      out_ += '\\';
      out_ += escape;
    } else {
      fmt::format_to(std::back_inserter(out_), "\\u{:04x}", byte);
    }
  }
  out_ += value.substr(plain_from);
}

void JsonWriter::value(const boost::json::value& value) {
  divide();
  out_ += to_text(value);
}

void JsonWriter::number(double value) {
  divide();
  if (std::isfinite(value)) {
    fmt::format_to(std::back_inserter(out_), "{}", value);
  } else {
    out_ += "null";
  }
}

void JsonWriter::number(std::int64_t value) {
  divide();
  fmt::format_to(std::back_inserter(out_), "{}", value);
}

}  // namespace transcribed::wire
