// A job's name. 60 bits: milliseconds since 1970 in the upper 42 (good until the year 2109), a
// counter with a random start in the lower 18. Later jobs have larger ids, so the id serves a store
// as its primary key and the queue as its order of arrival. Written as 12 characters of Crockford's
// base32 in lower case (https://www.crockford.com/base32.html).
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/time.h"

namespace transcribed::core {

struct JobId {
  std::uint64_t value = 0;

  auto operator<=>(const JobId&) const = default;

  std::string to_string() const;
  // Nothing when `text` is not 12 characters of the alphabet (upper case is accepted).
  static std::optional<JobId> parse(std::string_view text);
};

// Makes ids that only ever grow, whatever the wall clock does. One thread.
class JobIdSequence {
 public:
  // `last` is the highest id already in use, so that a clock set back cannot repeat one.
  // `seed` scatters the counter's start within a millisecond.
  JobIdSequence(JobId last, std::uint64_t seed) : last_(last.value), seed_(seed) {}

  JobId next(WallTime now);

 private:
  std::uint64_t last_;
  std::uint64_t seed_;
};

}  // namespace transcribed::core

template <>
struct std::hash<transcribed::core::JobId> {
  std::size_t operator()(const transcribed::core::JobId& id) const noexcept {
    return std::hash<std::uint64_t>{}(id.value);
  }
};
