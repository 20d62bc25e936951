#include "client/terminal_text.h"

#include <locale.h>
#include <wchar.h>
#include <wctype.h>

#include <algorithm>
#include <cwchar>

#include <fmt/format.h>

namespace transcribed::client {
namespace {

// The C library knows the widths, but only inside a UTF-8 locale: C.UTF-8 is always there with
// glibc, whatever the user's own locale is.
class Utf8Locale {
 public:
  Utf8Locale() : previous_(uselocale(shared())) {}
  ~Utf8Locale() { uselocale(previous_); }
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;

 private:
  static locale_t shared() {
    static const locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    return locale;  // null leaves the current one in place
  }
  locale_t previous_;
};

struct Character {
  std::string_view bytes;
  wchar_t code = 0;
  bool valid = false;
};

// The character at the start of `text`, which is not empty. The locale must be in force.
Character first_character(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  if (lead < 0x80) return {text.substr(0, 1), static_cast<wchar_t>(lead), true};
  std::mbstate_t state{};
  wchar_t code = 0;
  const std::size_t size = std::mbrtowc(&code, text.data(), text.size(), &state);
  if (size == 0 || size > text.size()) return {text.substr(0, 1), 0, false};
  return {text.substr(0, size), code, true};
}

// Characters that reorder the text around them or break lines although they are "printable".
bool is_treacherous(wchar_t code) {
  const auto c = static_cast<unsigned long>(code);
  return c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
         (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

}  // namespace

std::string escape_controls(std::string_view text, Newlines newlines) {
  const Utf8Locale locale;
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Character c = first_character(text);
    text.remove_prefix(c.bytes.size());
    if (!c.valid) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c.bytes.front()));
    } else if (c.code == L'\n' || c.code == L'\t') {
      if (newlines == Newlines::keep) {
        out += c.bytes;
      } else {
        out += c.code == L'\n' ? "\\n" : "\\t";
      }
    } else if (c.code == L'\r') {
      out += "\\r";
    } else if (c.code < 0x20 || c.code == 0x7f) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned>(c.code));
    } else if (c.code >= 0x80 &&
               (is_treacherous(c.code) || !iswprint(static_cast<wint_t>(c.code)))) {
      out += fmt::format("\\u{{{:x}}}", static_cast<unsigned long>(c.code));
    } else {
      out += c.bytes;
    }
  }
  return out;
}

namespace {

int width_of(const Character& c) { return c.valid ? std::max(0, wcwidth(c.code)) : 1; }

}  // namespace

int display_width(std::string_view escaped) {
  const Utf8Locale locale;
  int width = 0;
  while (!escaped.empty()) {
    const Character c = first_character(escaped);
    escaped.remove_prefix(c.bytes.size());
    width += width_of(c);
  }
  return width;
}

std::string cut_to_width(std::string_view escaped, int width) {
  if (width <= 0) return {};
  if (display_width(escaped) <= width) return std::string(escaped);
  const Utf8Locale locale;
  std::string_view rest = escaped;
  int used = 0;
  while (!rest.empty()) {
    const Character c = first_character(rest);
    if (used + width_of(c) > width - 1) break;  // the last column is for the ellipsis
    used += width_of(c);
    rest.remove_prefix(c.bytes.size());
  }
  return std::string(escaped.substr(0, escaped.size() - rest.size())) + "…";
}

std::string cut_name_to_width(std::string_view escaped, int width) {
  if (width <= 0) return {};
  if (display_width(escaped) <= width) return std::string(escaped);
  const Utf8Locale locale;
  int left = display_width(escaped);  // columns of `tail`
  const int tail_width = width / 2;
  std::string_view tail = escaped;
  // Combining characters go with the one they stand on.
  while (!tail.empty() && (left > tail_width || width_of(first_character(tail)) == 0)) {
    left -= width_of(first_character(tail));
    tail.remove_prefix(first_character(tail).bytes.size());
  }
  return cut_to_width(escaped, width - left) + std::string(tail);
}

std::string fit_to_width(std::string_view escaped, int width) {
  std::string out = cut_to_width(escaped, width);
  const int missing = width - display_width(out);
  if (missing > 0) out.append(static_cast<std::size_t>(missing), ' ');
  return out;
}

std::string clock_duration(std::chrono::seconds duration) {
  const auto total = std::max<long long>(0, duration.count());
  if (total < 3600) return fmt::format("{}:{:02}", total / 60, total % 60);
  return fmt::format("{}:{:02}:{:02}", total / 3600, total / 60 % 60, total % 60);
}

std::string rough_duration(std::chrono::seconds duration) {
  const auto total = std::max<long long>(0, duration.count());
  if (total < 60) return fmt::format("{} s", total);
  if (total < 3600) return fmt::format("{} min", total / 60);
  if (total < 48 * 3600) return fmt::format("{} h", total / 3600);
  return fmt::format("{} d", total / 86400);
}

std::string count_of(std::size_t count, std::string_view singular, std::string_view plural) {
  return fmt::format("{} {}", count, count == 1 ? singular : plural);
}

}  // namespace transcribed::client
