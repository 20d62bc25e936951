// Writes JSON straight into a string, compact: for what is too large to be built as a tree first.
// One thread; borrows the string.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

#include <boost/json/value.hpp>

namespace transcribed::wire {

// The caller sees to it that each begin has its end, and that in an object a key comes before each
// value.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  void begin_object() { begin('{'); }
  void end_object() { out_ += '}'; }
  void begin_array() { begin('['); }
  void end_array() { out_ += ']'; }
  void key(std::string_view name);

  // Bytes that are no UTF-8 become U+FFFD.
  void text(std::string_view value);
  // The shortest text that reads back as the same number; null for what is not finite.
  void number(double value);
  void number(std::int64_t value);
  // As to_text() writes it.
  void value(const boost::json::value& value);
  void number(std::integral auto value) { number(static_cast<std::int64_t>(value)); }

 private:
  void begin(char bracket);
  // A comma, unless the last thing written is what a value follows.
  void divide();
  void append_text(std::string_view value);

  std::string& out_;
};

}  // namespace transcribed::wire
