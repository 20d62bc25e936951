// The window over the queue: what is in memory, what is read, what is armed.
#include "scheduler/job_queue.h"

#include <gtest/gtest.h>

namespace transcribed {
namespace {

using scheduler::JobQueue;
using Arming = JobQueue::Arming;

core::Job job(std::uint64_t n, int priority = 0) {
  core::Job out;
  out.id = {n};
  out.queue = {priority, n, {n}};
  return out;
}

TEST(JobQueue, KeepsQueueOrder) {
  JobQueue queue;
  queue.begin_read();
  queue.add_read({job(5), job(7)}, 10);
  queue.add(job(9), Arming::no);
  queue.add(job(8, 1), Arming::no);
  EXPECT_EQ(queue.head()->job.id.value, 8u);
  EXPECT_EQ(queue.position(core::JobId{9}), 3u);
}

TEST(JobQueue, WhatLiesBeyondTheWindowStaysOnDisk) {
  JobQueue queue;
  queue.begin_read();
  queue.add_read({job(1), job(2)}, 2);  // as many as asked for: there may be more
  queue.add(job(50), Arming::no);
  EXPECT_EQ(queue.size(), 2u);
  queue.add(job(60, 1), Arming::no);  // goes before what was read
  EXPECT_EQ(queue.size(), 3u);
  EXPECT_TRUE(queue.wants_read());
}

TEST(JobQueue, WhatIsAddedDuringAReadIsNotForgotten) {
  JobQueue queue;
  queue.begin_read();
  EXPECT_FALSE(queue.wants_read());
  queue.add(job(4), Arming::no);
  queue.add_read({job(1), job(2)}, 10);
  EXPECT_EQ(queue.size(), 3u);
  EXPECT_NE(queue.find(core::JobId{4}), nullptr);
}

TEST(JobQueue, WhatAReadSawAsWellIsThereOnce) {
  JobQueue queue;
  queue.begin_read();
  queue.add(job(2), Arming::no);
  queue.add_read({job(1), job(2)}, 10);
  EXPECT_EQ(queue.size(), 2u);
}

TEST(JobQueue, AddedDuringAFullReadItIsInOrOut) {
  JobQueue queue;
  queue.begin_read();
  queue.add(job(2), Arming::no);
  queue.add(job(9), Arming::no);
  queue.add_read({job(1), job(3)}, 2);
  EXPECT_NE(queue.find(core::JobId{2}), nullptr);
  EXPECT_EQ(queue.find(core::JobId{9}), nullptr);
}

TEST(JobQueue, DropsItsTailAtHighWaterAndReadsItAgain) {
  JobQueue queue;
  queue.begin_read();
  queue.add_read({}, 10);
  for (std::uint64_t n = 1; n <= JobQueue::high_water + 1; ++n) queue.add(job(n), Arming::no);
  EXPECT_EQ(queue.size(), JobQueue::high_water / 2);
  for (std::uint64_t n = 1; n <= 600; ++n) queue.take(core::JobId{n});
  ASSERT_TRUE(queue.wants_read());
  EXPECT_EQ(queue.begin_read()->position, JobQueue::high_water / 2);
}

TEST(JobQueue, ArmsTheFirstAndOnlyOnce) {
  JobQueue queue;
  queue.begin_read();
  queue.add_read({}, 10);
  for (std::uint64_t n = 1; n <= 10; ++n) queue.add(job(n), Arming::no);
  const auto first = queue.next_to_arm(4);
  ASSERT_EQ(first.size(), 4u);
  EXPECT_EQ(first[0].id.value, 1u);
  EXPECT_TRUE(queue.next_to_arm(4).empty());
  queue.take(core::JobId{1});
  EXPECT_TRUE(queue.next_to_arm(4).empty()) << "in batches";
  queue.take(core::JobId{2});
  EXPECT_EQ(queue.next_to_arm(4).size(), 2u);
}

TEST(JobQueue, ANewHeadIsArmedWithoutWaitingForABatch) {
  JobQueue queue;
  queue.begin_read();
  queue.add_read({}, 10);
  for (std::uint64_t n = 1; n <= 10; ++n) queue.add(job(n), Arming::no);
  queue.next_to_arm(4);
  queue.add(job(20, 9), Arming::no);
  const auto next = queue.next_to_arm(4);
  ASSERT_EQ(next.size(), 1u);
  EXPECT_EQ(next[0].id.value, 20u);
}

TEST(JobQueue, AnArmedJobIsNeverLeftToTheDisk) {
  JobQueue queue;
  queue.begin_read();
  queue.add_read({job(1)}, 1);
  queue.add(job(100), Arming::armed);
  EXPECT_NE(queue.find(core::JobId{100}), nullptr);
}

TEST(JobQueue, ReadAgainFindsWhatWasPassedByAndDoublesNothing) {
  JobQueue queue;
  queue.begin_read();
  queue.add_read({job(1), job(2), job(3)}, 10);
  queue.take(core::JobId{1});
  ASSERT_FALSE(queue.wants_read());
  queue.read_again();
  ASSERT_TRUE(queue.wants_read());
  EXPECT_EQ(queue.begin_read(), std::nullopt);
  queue.add_read({job(1), job(2), job(3)}, 10);
  EXPECT_EQ(queue.size(), 3u);
  EXPECT_EQ(queue.head()->job.id.value, 1u);
}

TEST(JobQueue, ReadAgainDuringAReadComesAfterIt) {
  JobQueue queue;
  queue.begin_read();
  queue.read_again();
  EXPECT_FALSE(queue.wants_read());
  queue.add_read({job(5)}, 10);
  EXPECT_TRUE(queue.wants_read());
  EXPECT_EQ(queue.begin_read(), std::nullopt);
}

TEST(JobQueue, WhatWasAddedDuringAReadIsNewerThanWhatTheReadSaw) {
  JobQueue queue;
  queue.begin_read();
  core::Job requeued = job(2);
  requeued.attempt = 1;
  queue.add(requeued, Arming::no);
  queue.add_read({job(1), job(2)}, 10);
  EXPECT_EQ(queue.find(core::JobId{2})->job.attempt, 1);
}

TEST(JobQueue, DroppingTheTailForgetsNothingThatIsToBeReadAgain) {
  JobQueue queue;
  queue.begin_read();
  queue.add_read({}, 10);
  for (std::uint64_t n = 2; n <= JobQueue::high_water + 1; ++n) queue.add(job(n), Arming::no);
  queue.read_again();
  queue.add(job(JobQueue::high_water + 5, 1), Arming::armed);
  ASSERT_EQ(queue.size(), JobQueue::high_water / 2);
  queue.take(core::JobId{JobQueue::high_water + 5});
  for (std::uint64_t n = 2; n <= JobQueue::high_water + 1; ++n) queue.take(core::JobId{n});
  ASSERT_TRUE(queue.wants_read());
  EXPECT_EQ(queue.begin_read(), std::nullopt) << "job 1 is still to be read";
}

}  // namespace
}  // namespace transcribed
