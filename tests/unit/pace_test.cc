#include "core/pace.h"

#include <gtest/gtest.h>

namespace transcribed::core {
namespace {

using namespace std::chrono_literals;

constexpr SteadyTime begin{1h};

TEST(Pace, NobodyKnowsBeforeSomethingIsDone) {
  Pace pace;
  EXPECT_EQ(pace.left_s(begin), std::nullopt);
  pace.begin(begin);
  EXPECT_EQ(pace.left_s(begin + 10s), std::nullopt);
  pace.reached(0, begin + 10s);
  EXPECT_EQ(pace.left_s(begin + 10s), std::nullopt);
}

TEST(Pace, WhatIsLeftTakesAsLongAsWhatIsDoneDid) {
  Pace pace;
  pace.begin(begin);
  pace.reached(0.25, begin + 10s);
  EXPECT_EQ(pace.left_s(begin + 10s), 30);
  EXPECT_EQ(pace.left_s(begin + 14s), 26) << "the time since then has gone by";
  pace.reached(0.5, begin + 40s);
  EXPECT_EQ(pace.left_s(begin + 40s), 40);
  pace.reached(1, begin + 60s);
  EXPECT_EQ(pace.left_s(begin + 60s), 0);
}

TEST(Pace, AnEngineThatIsLateOrRepeatsItselfChangesNothing) {
  Pace pace;
  pace.begin(begin);
  pace.reached(0.5, begin + 10s);
  EXPECT_EQ(pace.left_s(begin + 30s), 0) << "never less than nothing";
  pace.reached(0.5, begin + 30s);
  pace.reached(0.2, begin + 31s);
  EXPECT_EQ(pace.left_s(begin + 10s), 10);
}

TEST(Pace, ANewAttemptBeginsAnew) {
  Pace pace;
  pace.begin(begin);
  pace.reached(0.9, begin + 9s);
  pace.begin(begin + 100s);
  EXPECT_EQ(pace.left_s(begin + 100s), std::nullopt);
  pace.reached(0.5, begin + 103s);
  EXPECT_EQ(pace.left_s(begin + 103s), 3);
}

TEST(Pace, IsRoundedToTenths) {
  Pace pace;
  pace.begin(begin);
  pace.reached(0.3, begin + 1s);
  EXPECT_EQ(pace.left_s(begin + 1s), 2.3);
}

}  // namespace
}  // namespace transcribed::core
