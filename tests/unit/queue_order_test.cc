// In which order the scheduler takes what several people submitted, and what they move.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/scheduler_bench.h"

namespace transcribed {
namespace {

using core::JobState;
using fakes::SchedulerBench;
using scheduler::MoveTo;
using ::testing::ElementsAre;
using Why = scheduler::Refusal::Why;

core::GpuDetection one_slot() {
  return {.gpus = {{0, "RTX 3050", 5000}}, .failure = {}, .warnings = {}};
}

// Ends jobs one after another; what ran, in order.
std::vector<core::JobId> run_out(SchedulerBench& box, std::size_t count) {
  std::vector<core::JobId> order;
  for (std::size_t i = 0; i < count; ++i) {
    for (auto& [id, row] : box.rows.rows) {
      if (row.job.state != JobState::running) continue;
      order.push_back(core::JobId{id});
      box.exit({id});
      break;
    }
  }
  return order;
}

TEST(QueueOrder, ANewcomerWithOneJobDoesNotWaitForAnothersBacklog) {
  SchedulerBench box(one_slot());
  box.start();
  std::vector<core::JobId> backlog;
  for (int i = 0; i < 6; ++i) backlog.push_back(box.submit("", 0, {"office", false, 0}));
  const auto other = box.submit("", 0, {"home", false, 0});
  EXPECT_THAT(run_out(box, 4), ElementsAre(backlog[0], backlog[1], other, backlog[2]));
}

TEST(QueueOrder, WhatSomebodyWaitsForGoesFirst) {
  SchedulerBench box(one_slot());
  box.start();
  const auto batch = box.submit_many(3);
  const auto asked = box.submit("", 0, {"", true, 0});
  EXPECT_EQ(box.reason(asked), "the only slot is busy");
  EXPECT_EQ(box.reason(batch[1]), "the only slot is busy, 2nd in line");
  EXPECT_THAT(run_out(box, 3), ElementsAre(batch[0], asked, batch[1]));
}

TEST(QueueOrder, PriorityGoesBeforeFairness) {
  SchedulerBench box(one_slot());
  box.start();
  box.submit();
  const auto asked = box.submit("", 0, {"", true, 0});
  const auto urgent = box.submit("", 1);
  const auto order = run_out(box, 3);
  EXPECT_EQ(order[1], urgent);
  EXPECT_EQ(order[2], asked);
}

TEST(QueueOrder, SurvivesARestart) {
  SchedulerBench box(one_slot());
  box.start();
  std::vector<core::JobId> office;
  for (int i = 0; i < 20; ++i) office.push_back(box.submit("", 0, {"office", false, 0}));
  run_out(box, 9);
  box.crash();
  box.start();
  const auto late = box.submit("", 0, {"office", false, 0});
  const auto home = box.submit("", 0, {"home", false, 0});
  const auto order = run_out(box, 13);
  // The interrupted one runs again first.
  EXPECT_THAT(std::vector(order.begin(), order.begin() + 4),
              ElementsAre(office[9], office[10], office[11], home));
  EXPECT_EQ(order.back(), late) << "behind what its submitter had queued before";
}

TEST(QueueOrder, AJobThatComesWhileTheQueueIsReadFromDiskSaysSo) {
  SchedulerBench box(one_slot());
  box.queue_reads_wait = true;
  box.start();
  const auto early = box.submit();
  EXPECT_EQ(box.reason(early), "the queue is being read from disk");
  box.store->let_queue_reads();
  box.settle();
  EXPECT_EQ(box.state(early), JobState::running);
}

TEST(Move, ToTheFrontGoesBeforeHigherPriorities) {
  SchedulerBench box(one_slot());
  box.start();
  const auto running = box.submit();
  box.submit("", 5);
  const auto low = box.submit("", -2);
  EXPECT_EQ(box.move(low, MoveTo::front), std::nullopt);
  EXPECT_EQ(box.reason(low), "the only slot is busy");
  EXPECT_EQ(box.view(low).job.queue.priority, 5);
  box.exit(running);
  EXPECT_EQ(box.state(low), JobState::running);
}

TEST(Move, ToTheBackGoesBehindAllOfItsPriority) {
  SchedulerBench box(one_slot());
  box.start();
  const auto jobs = box.submit_many(4);
  const auto lower = box.submit("", -1);
  EXPECT_EQ(box.move(jobs[1], MoveTo::back), std::nullopt);
  EXPECT_THAT(run_out(box, 5), ElementsAre(jobs[0], jobs[2], jobs[3], jobs[1], lower));
}

TEST(Move, BeyondTheWindowToo) {
  SchedulerBench box(one_slot());
  box.start();
  const std::vector<core::JobId> jobs = box.submit_many(2600);
  EXPECT_EQ(box.move(jobs[2599], MoveTo::front), std::nullopt);
  EXPECT_EQ(box.reason(jobs[2599]), "the only slot is busy");
  EXPECT_EQ(box.move(jobs[2500], MoveTo::back), std::nullopt);
  EXPECT_EQ(box.move(jobs[1], MoveTo::back), std::nullopt);
  const auto order = run_out(box, 2600);
  EXPECT_EQ(order[1], jobs[2599]);
  EXPECT_EQ(order[2598], jobs[2500]);
  EXPECT_EQ(order[2599], jobs[1]);
}

TEST(Move, KeepsItsPlaceAcrossARestart) {
  SchedulerBench box(one_slot());
  box.start();
  const auto jobs = box.submit_many(3);
  box.move(jobs[2], MoveTo::front);
  box.crash();
  box.start();
  EXPECT_THAT(run_out(box, 3), ElementsAre(jobs[0], jobs[2], jobs[1]));
}

TEST(Move, RefusesWhatDoesNotWait) {
  SchedulerBench box(one_slot());
  box.start();
  const auto id = box.submit();
  EXPECT_EQ(box.move(id, MoveTo::front)->why, Why::wrong_state);
  box.exit(id);
  const auto refusal = box.move(id, MoveTo::front);
  EXPECT_EQ(refusal->why, Why::wrong_state);
  EXPECT_EQ(refusal->message,
            "job " + id.to_string() + " is completed: only a queued job can be moved");
  EXPECT_EQ(box.move({12345}, MoveTo::front)->why, Why::not_found);
}

TEST(Move, ADiskThatIsFullChangesNothing) {
  SchedulerBench box(one_slot());
  box.start();
  const auto jobs = box.submit_many(3);
  box.store->fail_writes_with = ports::WriteResult::disk_full;
  EXPECT_EQ(box.move(jobs[2], MoveTo::front)->why, Why::disk_full);
  box.store->fail_writes_with.reset();
  EXPECT_EQ(box.reason(jobs[2]), "the only slot is busy, 2nd in line");
}

}  // namespace
}  // namespace transcribed
