#include "core/memory_size.h"

#include <string>

namespace transcribed::core {

std::string as_gb_number(Megabytes mb) {
  // Integers only: a double would round 3,999 MB up to "4.0". Division truncates towards zero,
  // which would round a negative amount up; there are none, but a difference of two may be.
  const bool negative = mb < 0;
  const std::int64_t tenths = negative ? -((-mb + 99) / 100) : mb / 100;
  const std::int64_t size = tenths < 0 ? -tenths : tenths;
  return (negative ? "-" : "") + std::to_string(size / 10) + "." + std::to_string(size % 10);
}

std::string as_gb(Megabytes mb) { return as_gb_number(mb) + " GB"; }

}  // namespace transcribed::core
