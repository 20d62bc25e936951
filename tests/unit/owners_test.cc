// What an API key allows: jobs at once and jobs in line, each key's apart from the others'.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/scheduler_bench.h"

namespace transcribed {
namespace {

using core::Flow;
using core::JobState;
using core::KeyLimits;
using fakes::SchedulerBench;
using Why = scheduler::Refusal::Why;

const Flow office{"office", false, 0};
const Flow home{"home", false, 0};

class Owners : public ::testing::Test {
 protected:
  Owners() {
    box.options.limits_of = [this](const std::string& owner) { return limits[owner]; };
  }
  std::vector<core::JobId> submit(const Flow& flow, int count) {
    std::vector<core::JobId> out;
    for (int i = 0; i < count; ++i) out.push_back(box.submit("", 0, flow));
    return out;
  }
  int running(const std::vector<core::JobId>& jobs) {
    int count = 0;
    for (const auto id : jobs) count += box.state(id) == JobState::running ? 1 : 0;
    return count;
  }

  std::map<std::string, KeyLimits> limits;
  SchedulerBench box;
};

TEST_F(Owners, RunNoMoreAtOnceThanTheirKeyAllows) {
  limits["office"].max_running = 2;
  box.start();
  const auto jobs = submit(office, 5);
  EXPECT_EQ(running(jobs), 2);
  EXPECT_EQ(box.reason(jobs[2]),
            "the API key 'office' runs 2 jobs at once, which is all it may; 1st in its line");
  EXPECT_EQ(box.reason(jobs[4]),
            "the API key 'office' runs 2 jobs at once, which is all it may; 3rd in its line");
  EXPECT_EQ(box.view(jobs[2]).reason->code, "key_limit");
  EXPECT_EQ(box.manager->status().pending_jobs, 3);
  box.exit(jobs[0]);
  EXPECT_EQ(running(jobs), 2);
  EXPECT_EQ(box.state(jobs[2]), JobState::running) << "in their order";
}

TEST_F(Owners, AtTheirLimitHoldUpNobodyElse) {
  limits["office"].max_running = 1;
  box.start();
  submit(office, 40);
  const auto others = submit(home, 4);
  EXPECT_EQ(running(others), 4);
  const auto nobody = box.submit();
  EXPECT_EQ(box.reason(nobody), "all 5 slots busy");
}

TEST_F(Owners, WithMoreHeldThanMemoryKeepsLoseNone) {
  limits["office"].max_running = 1;
  box.start();
  const auto jobs = submit(office, 2300);
  const auto other = box.submit("", 0, home);
  EXPECT_EQ(box.state(other), JobState::running);
  for (const auto id : jobs) {
    ASSERT_EQ(box.state(id), JobState::running) << "in the order of submission";
    box.exit(id);
  }
  EXPECT_EQ(box.manager->status().pending_jobs, 0);
}

TEST_F(Owners, AHeldJobIsCancelledAndMovedLikeAnyOther) {
  limits["office"].max_running = 1;
  box.start();
  const auto jobs = submit(office, 4);
  EXPECT_EQ(box.cancel(jobs[1]), std::nullopt);
  EXPECT_EQ(box.move(jobs[3], scheduler::MoveTo::front), std::nullopt);
  EXPECT_EQ(box.view(jobs[3]).reason->code, "key_limit");
  box.exit(jobs[0]);
  EXPECT_EQ(box.state(jobs[3]), JobState::running);
  EXPECT_EQ(box.state(jobs[1]), JobState::cancelled);
}

TEST_F(Owners, ALimitThatIsLiftedCountsFromTheNextEndOn) {
  limits["office"].max_running = 1;
  box.start();
  const auto jobs = submit(office, 4);
  limits.clear();
  box.exit(jobs[0]);
  EXPECT_EQ(running(jobs), 3);
}

TEST_F(Owners, ALostAttemptGivesItsPlaceBack) {
  limits["office"].max_running = 1;
  box.start();
  const auto jobs = submit(office, 2);
  box.crash();
  box.start();
  EXPECT_EQ(running(jobs), 1);
  box.exit(jobs[0]);
  EXPECT_EQ(box.state(jobs[1]), JobState::running);
}

TEST_F(Owners, HaveNoMoreInLineThanTheirKeyAllows) {
  limits["office"] = {.max_running = 1, .max_queued = 2, .max_upload_mb = {}};
  box.start();
  const auto jobs = submit(office, 3);
  EXPECT_EQ(box.refusal, std::nullopt) << "one runs, two wait";
  EXPECT_EQ(box.manager->would_refuse("", "office", false)->why, Why::too_many_queued);
  EXPECT_EQ(box.manager->would_refuse("", "home", false), std::nullopt);
  submit(office, 1);
  ASSERT_TRUE(box.refusal);
  EXPECT_EQ(box.refusal->message,
            "the API key 'office' may have 2 jobs in line and has as many: wait until some have "
            "started, or cancel some");
  EXPECT_EQ(box.cancel(jobs[2]), std::nullopt);
  EXPECT_EQ(box.manager->would_refuse("", "office", false), std::nullopt);
}

TEST_F(Owners, InLineAreCountedAcrossARestart) {
  limits["office"] = {.max_running = 1, .max_queued = 2, .max_upload_mb = {}};
  box.start();
  const auto jobs = submit(office, 3);
  box.crash();
  box.start();
  EXPECT_EQ(box.manager->would_refuse("", "office", false)->why, Why::too_many_queued);
  box.exit(jobs[0]);
  EXPECT_EQ(box.manager->would_refuse("", "office", false), std::nullopt);
  box.cancel(jobs[2]);
  EXPECT_EQ(box.manager->status().pending_jobs, 0);
  EXPECT_EQ(box.retry(jobs[2]), std::nullopt);
  EXPECT_EQ(box.manager->status().pending_jobs, 1);
}

}  // namespace
}  // namespace transcribed
