// Text from engines, file names and messages of the system may hold any bytes; what leaves as JSON
// must be UTF-8. Pure functions, any thread.
#pragma once

#include <string>
#include <string_view>

namespace transcribed::wire {

bool is_valid_utf8(std::string_view text);

// Each stretch of bytes that is no UTF-8 becomes one U+FFFD; valid text comes back unchanged.
std::string to_valid_utf8(std::string_view text);

}  // namespace transcribed::wire
