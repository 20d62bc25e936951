// The Range header, as far as a player needs it: one range of bytes. Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace transcribed::http {

struct ByteRange {
  enum class Kind {
    whole,          // none asked for, or one in a form that may be ignored (several, other units)
    part,           // [first, first + length)
    unsatisfiable,  // nothing of it exists: 416
  } kind = Kind::whole;
  std::uint64_t first = 0;
  std::uint64_t length = 0;

  bool operator==(const ByteRange&) const = default;
};

// RFC 9110, section 14: `header` as sent (empty: none), of something that is `size` bytes long.
ByteRange parse_byte_range(std::string_view header, std::uint64_t size);

}  // namespace transcribed::http
