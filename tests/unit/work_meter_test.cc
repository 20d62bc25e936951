#include "client/work_meter.h"

#include <limits>

#include <gtest/gtest.h>

namespace transcribed::client {
namespace {

using namespace std::chrono_literals;
const SteadyTime start{1h};

TEST(RunPace, IsRecordingTimeByClockTime) {
  const RunPace pace{start, 0, 0.5, 600.0};
  EXPECT_DOUBLE_EQ(pace.rate(start + 30s).value(), 10.0);
  EXPECT_DOUBLE_EQ(pace.left(start + 30s).value().count(), 30.0);
}

TEST(RunPace, CountsFromWhereItWasFirstSeen) {
  const RunPace joined{start, 0.4, 0.5, 600.0};
  EXPECT_DOUBLE_EQ(joined.rate(start + 6s).value(), 10.0);
  EXPECT_DOUBLE_EQ(joined.left(start + 6s).value().count(), 30.0);
}

TEST(RunPace, DoesNotGuess) {
  EXPECT_FALSE((RunPace{start, 0, 0.5, {}}.rate(start + 30s)));
  EXPECT_TRUE((RunPace{start, 0, 0.5, {}}.left(start + 30s)));
  EXPECT_FALSE((RunPace{start, 0, 0.01, 600.0}.rate(start + 30s)));
  EXPECT_FALSE((RunPace{start, 0, 0.5, 600.0}.rate(start + 1s)));
  EXPECT_FALSE((RunPace{start, 0, 1.0, 600.0}.left(start + 30s)));
}

TEST(WorkClock, StandsStillWhileNothingRuns) {
  WorkClock clock;
  clock.running(0, start);
  EXPECT_EQ(clock.busy(start + 5s), 0s);
  clock.running(2, start + 5s);
  clock.running(1, start + 8s);
  EXPECT_EQ(clock.busy(start + 9s), 4s);
  clock.running(0, start + 10s);
  EXPECT_EQ(clock.busy(start + 100s), 5s);
  clock.running(1, start + 200s);
  EXPECT_EQ(clock.busy(start + 201s), 6s);
}

TEST(RateText, IsShort) {
  EXPECT_EQ(rate_text(12.345), "12.3x");
  EXPECT_EQ(rate_text(345.6), "346x");
  EXPECT_EQ(rate_text({}), "");
  EXPECT_EQ(rate_text(0.0), "");
  EXPECT_EQ(rate_text(std::numeric_limits<double>::infinity()), "");
}

}  // namespace
}  // namespace transcribed::client
