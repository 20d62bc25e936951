// Amounts of memory. MB is 1,048,576 bytes throughout (what nvidia-smi calls MiB); a "GB" in a line
// for people is MB / 1000 with one decimal, so that the threshold of 4,000 MB reads "4.0 GB".
#pragma once

#include <cstdint>
#include <string>

namespace transcribed::core {

using Megabytes = std::int64_t;

inline constexpr std::int64_t bytes_per_mb = 1'048'576;

// 3210 -> "3.2 GB"; rounded down to the decimal, so that what is below a threshold never reads as
// the threshold.
std::string as_gb(Megabytes mb);
// The number alone: 3210 -> "3.2".
std::string as_gb_number(Megabytes mb);

}  // namespace transcribed::core
