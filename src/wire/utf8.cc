#include "wire/utf8.h"

#include <boost/locale/utf.hpp>

namespace transcribed::wire {
namespace {

using Utf8 = boost::locale::utf::utf_traits<char>;

bool is_code_point(boost::locale::utf::code_point point) {
  return point != boost::locale::utf::illegal && point != boost::locale::utf::incomplete;
}

}  // namespace

bool is_valid_utf8(std::string_view text) {
  const char* position = text.data();
  const char* const end = position + text.size();
  while (position != end) {
    if (static_cast<unsigned char>(*position) < 0x80) {
      ++position;
    } else if (!is_code_point(Utf8::decode(position, end))) {
      return false;
    }
  }
  return true;
}

std::string to_valid_utf8(std::string_view text) {
  std::string valid;
  valid.reserve(text.size());
  const char* position = text.data();
  const char* const end = position + text.size();
  bool in_bad_stretch = false;
  while (position != end) {
    const char* const start = position;
    if (static_cast<unsigned char>(*position) < 0x80 ||
        is_code_point(Utf8::decode(position, end))) {
      if (position == start) ++position;
      valid.append(start, position);
      in_bad_stretch = false;
    } else {
      // The decoder may have swallowed the start of a good character behind the bad byte.
      position = start + 1;
      if (!in_bad_stretch) valid.append("\xEF\xBF\xBD");
      in_bad_stretch = true;
    }
  }
  return valid;
}

}  // namespace transcribed::wire
