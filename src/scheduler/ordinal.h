// Places in a line, in words.
#pragma once

#include <cstddef>
#include <string>

namespace transcribed::scheduler {

// "1st", "2nd", "11th", "23rd".
std::string ordinal(std::size_t n);

}  // namespace transcribed::scheduler
