#include "core/job_id.h"

#include <algorithm>
#include <array>

namespace transcribed::core {
namespace {

constexpr std::string_view alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr int characters = 12;
constexpr int bits_per_character = 5;
constexpr int counter_bits = 18;

}  // namespace

std::string JobId::to_string() const {
  std::string text(characters, '0');
  std::uint64_t rest = value;
  for (int i = characters - 1; i >= 0; --i) {
    text[i] = alphabet[rest & 31];
    rest >>= bits_per_character;
  }
  return text;
}

std::optional<JobId> JobId::parse(std::string_view text) {
  if (text.size() != characters) return std::nullopt;
  std::uint64_t value = 0;
  for (char c : text) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    const auto digit = alphabet.find(lower);
    if (digit == std::string_view::npos) return std::nullopt;
    value = value << bits_per_character | digit;
  }
  return JobId{value};
}

JobId JobIdSequence::next(WallTime now) {
  const auto ms =
      static_cast<std::uint64_t>(std::max<std::int64_t>(0, now.time_since_epoch().count()));
  // The upper half of the counter's range stays free, so that a burst within one millisecond does
  // not run into the next.
  const std::uint64_t start = seed_ & ((1u << (counter_bits - 1)) - 1);
  last_ = std::max(last_ + 1, (ms << counter_bits) + start);
  return JobId{last_};
}

}  // namespace transcribed::core
