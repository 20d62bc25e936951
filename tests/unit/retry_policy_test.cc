// The state machine of lost attempts, step by step.
#include "core/retry_policy.h"

#include <gtest/gtest.h>

namespace transcribed::core {
namespace {

using enum FailureKind;

// Lost attempts of these kinds, each on this GPU.
std::vector<LostAttempt> lost(std::vector<std::pair<FailureKind, int>> ones) {
  std::vector<LostAttempt> out;
  for (const auto& [kind, gpu] : ones) {
    out.push_back({static_cast<int>(out.size()) + 1, {kind, "why"}, gpu});
  }
  return out;
}
const std::vector<int> both = {0, 1};
const std::vector<int> first = {0};

TEST(NextTerms, OfAFreshJobAskForNothing) { EXPECT_EQ(next_terms({}, both), AttemptTerms{}); }

TEST(NextTerms, AfterTwoCrashesAlone) {
  EXPECT_FALSE(next_terms(lost({{engine_crashed, 0}}), both).alone);
  EXPECT_TRUE(next_terms(lost({{engine_crashed, 0}, {engine_hung, 1}}), both).alone);
  EXPECT_FALSE(next_terms(lost({{engine_crashed, 0}, {daemon_lost, 1}}), both).alone);
}

TEST(NextTerms, AfterThreeDaemonLossesAlone) {
  EXPECT_FALSE(next_terms(lost({{daemon_lost, 0}, {daemon_lost, 0}}), both).alone);
  EXPECT_TRUE(next_terms(lost({{daemon_lost, 0}, {daemon_lost, 0}, {daemon_lost, 0}}), both).alone);
}

TEST(NextTerms, OutOfMemoryOnceIsAloneOnThatGpu) {
  const AttemptTerms terms = next_terms(lost({{out_of_memory, 1}}), both);
  EXPECT_TRUE(terms.alone);
  EXPECT_EQ(terms.only_gpu, 1);
}

TEST(NextTerms, OutOfMemoryTwiceIsAloneOnAnother) {
  const AttemptTerms terms = next_terms(lost({{out_of_memory, 1}, {out_of_memory, 1}}), both);
  EXPECT_TRUE(terms.alone);
  EXPECT_EQ(terms.only_gpu, std::nullopt);
  EXPECT_EQ(terms.not_on, (std::vector{1, 1}));
}

TEST(NextTerms, NeverLeaveNoGpu) {
  // After a restart with fewer cards.
  EXPECT_EQ(next_terms(lost({{out_of_memory, 1}}), first),
            (AttemptTerms{.alone = true, .only_gpu = {}, .not_on = {1}}));
  EXPECT_EQ(next_terms(lost({{out_of_memory, 0}, {out_of_memory, 0}}), first),
            (AttemptTerms{.alone = true, .only_gpu = {}, .not_on = {}}));
  // Lost before it was kept where.
  EXPECT_EQ(next_terms(std::vector<LostAttempt>{{1, {out_of_memory, "why"}, std::nullopt}}, both),
            (AttemptTerms{.alone = true, .only_gpu = {}, .not_on = {}}));
}

TEST(AfterLostAttempt, OutOfMemoryEndsWhereThereIsNoOtherGpu) {
  EXPECT_TRUE(after_lost_attempt(lost({{out_of_memory, 0}}), first).retry);
  const auto end = after_lost_attempt(lost({{out_of_memory, 0}, {out_of_memory, 0}}), first);
  EXPECT_FALSE(end.retry);
  EXPECT_EQ(end.failure.kind, out_of_memory);
  EXPECT_EQ(end.failure.message,
            "gave up after 2 lost attempts: attempt 1: why; attempt 2: why; there is no other GPU "
            "that could hold it");
  EXPECT_TRUE(after_lost_attempt(lost({{out_of_memory, 0}, {out_of_memory, 0}}), both).retry);
  EXPECT_FALSE(
      after_lost_attempt(lost({{out_of_memory, 0}, {out_of_memory, 0}, {out_of_memory, 1}}), both)
          .retry);
}

TEST(AfterLostAttempt, NoMixtureOfReasonsIsALoop) {
  EXPECT_FALSE(
      after_lost_attempt(lost({{engine_crashed, 0}, {out_of_memory, 0}, {engine_hung, 0}}), both)
          .retry);
  EXPECT_TRUE(
      after_lost_attempt(lost({{out_of_memory, 0}, {daemon_lost, 0}, {daemon_lost, 0}}), both)
          .retry);
  EXPECT_FALSE(
      after_lost_attempt(std::vector<LostAttempt>(10, {1, {daemon_lost, "x"}, 0}), both).retry);
}

}  // namespace
}  // namespace transcribed::core
