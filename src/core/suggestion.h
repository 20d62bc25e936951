// "Did you mean ...?" Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace transcribed::core {

// The candidate closest to `word` (insertions, deletions, replacements and swapped neighbours count
// one each), if any is close enough that a slip explains it, or else one that begins with `word`.
std::optional<std::string> closest(std::string_view word,
                                   const std::vector<std::string>& candidates);

// "; did you mean X?", or nothing.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

// "a, b, c".
std::string comma_list(const std::vector<std::string>& words);

}  // namespace transcribed::core
