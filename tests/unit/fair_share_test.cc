// Whose job is next: places in a line, without a queue around them.
#include "core/fair_share.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace transcribed {
namespace {

using core::FairShare;
using core::Flow;

constexpr std::uint64_t start = FairShare::first_position;

// A queue in small: jobs with places, served in their order.
class Line {
 public:
  explicit Line(FairShare share = {}) : share_(std::move(share)) {}

  void add(const std::string& owner, int count, bool interactive = false) {
    for (int i = 0; i < count; ++i) {
      const std::string name = owner + (interactive ? "!" : "");
      jobs_.push_back({share_.next({owner, interactive, 0}), arrived_++, name});
    }
  }
  // The names of the next `count` jobs, a blank between.
  std::string serve(int count) {
    std::string out;
    for (int i = 0; i < count; ++i) {
      const auto first = std::ranges::min_element(
          jobs_, {}, [](const Job& job) { return std::pair(job.position, job.arrived); });
      share_.started(0, first->position);
      out += (out.empty() ? "" : " ") + first->name;
      jobs_.erase(first);
    }
    return out;
  }

 private:
  struct Job {
    std::uint64_t position;
    int arrived;
    std::string name;
  };
  FairShare share_;
  std::vector<Job> jobs_;
  int arrived_ = 0;
};

TEST(FairShare, OneSubmitterIsServedInOrderOfArrival) {
  FairShare share;
  const std::uint64_t first = share.next({});
  EXPECT_LT(first, share.next({}));
  EXPECT_GT(first, FairShare::first_position);
}

TEST(FairShare, TwoSubmittersTakeTurnsHoweverManyJobsOneHas) {
  Line line;
  line.add("a", 1000);
  line.serve(10);
  line.add("b", 3);
  EXPECT_EQ(line.serve(8), "a b a b a b a a");
}

TEST(FairShare, WhoWasIdleSavesUpNothing) {
  Line line;
  line.add("a", 1);
  line.add("b", 1);
  line.serve(2);
  line.add("a", 500);
  line.serve(400);
  line.add("b", 2);
  EXPECT_EQ(line.serve(5), "a b a b a");
}

TEST(FairShare, InteractiveJobsGoFirstAndLeaveOneStartInFiveToBatch) {
  Line line;
  line.add("a", 100);
  line.serve(1);
  line.add("a", 9, true);
  EXPECT_EQ(line.serve(11), "a! a! a! a a! a! a! a! a a! a!");
}

TEST(FairShare, SomebodysInteractiveJobGoesBeforeAnothersBacklog) {
  Line line;
  line.add("a", 1000);
  line.serve(200);
  line.add("b", 1, true);
  EXPECT_EQ(line.serve(2), "b! a");
}

TEST(FairShare, GoesOnAfterARestartWhereItWas) {
  // a has 100 jobs, of which the first is due; b was given places long ago.
  FairShare share({{{"a", false, 0}, start + 800}, {{"b", false, 0}, start + 40}},
                  {{0, start + 404}});
  EXPECT_EQ(share.next({"a", false, 0}), start + 804);
  EXPECT_EQ(share.next({"b", false, 0}), start + 408);
  EXPECT_EQ(share.behind_all(0), start + 808);
}

TEST(FairShare, WithNothingQueuedAfterARestartEverybodyStartsAlike) {
  FairShare share({{{"a", false, 0}, start + 800}, {{"b", false, 0}, start + 40}}, {});
  EXPECT_EQ(share.next({"a", false, 0}), start + 804);
  EXPECT_EQ(share.next({"b", false, 0}), start + 804);
}

TEST(FairShare, EachPriorityIsALineOfItsOwn) {
  FairShare share;
  const std::uint64_t first = share.next({"a", false, 0});
  for (int i = 0; i < 100; ++i) share.started(7, share.next({"a", false, 7}));
  EXPECT_EQ(share.next({"b", false, 0}), first) << "urgent jobs do not push the rest on";
  EXPECT_GT(share.behind_all(7), share.behind_all(0));
  EXPECT_EQ(share.behind_all(-3), FairShare::first_position + FairShare::batch_step);
}

}  // namespace
}  // namespace transcribed
