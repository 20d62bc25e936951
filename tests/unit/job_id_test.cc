#include "core/job_id.h"

#include <gtest/gtest.h>

namespace transcribed {
namespace {

using core::JobId;
using core::JobIdSequence;
using core::WallTime;

WallTime at_ms(std::int64_t ms) { return WallTime{core::Milliseconds{ms}}; }

TEST(JobId, IsTwelveCharactersAndReadsBack) {
  for (std::uint64_t value : {std::uint64_t{0}, std::uint64_t{1}, (std::uint64_t{1} << 60) - 1}) {
    const std::string text = JobId{value}.to_string();
    EXPECT_EQ(text.size(), 12u);
    EXPECT_EQ(JobId::parse(text), JobId{value});
  }
  EXPECT_EQ(JobId::parse("01ARZ3NDEKTS"), JobId::parse("01arz3ndekts"));
}

TEST(JobId, RefusesWhatIsNone) {
  for (const char* text :
       {"", "abc", "01arz3ndekt!", "01arz3ndektil", "01arz3ndektu", "01arz3ndekts0"}) {
    EXPECT_EQ(JobId::parse(text), std::nullopt) << text;
  }
}

TEST(JobIdSequence, GrowsWhateverTheClockDoes) {
  JobIdSequence ids({}, 12345);
  JobId last = ids.next(at_ms(1'700'000'000'000));
  for (std::int64_t ms :
       {1'700'000'000'000, 1'700'000'000'000, 1'600'000'000'000, 1'700'000'000'001}) {
    const JobId next = ids.next(at_ms(ms));
    EXPECT_GT(next, last);
    last = next;
  }
}

TEST(JobIdSequence, GoesOnAfterTheHighestInUse) {
  const JobId used{(std::uint64_t{1'800'000'000'000} << 18) + 5};
  JobIdSequence ids(used, 0);
  EXPECT_GT(ids.next(at_ms(1'700'000'000'000)), used);
}

}  // namespace
}  // namespace transcribed
