// A job's life: cancel at each point, retries, lost attempts, restarts, a disk that fills up.
#include <gtest/gtest.h>

#include "tests/fakes/scheduler_bench.h"

namespace transcribed {
namespace {

using namespace std::chrono_literals;
using core::JobState;
using fakes::SchedulerBench;
using Why = scheduler::Refusal::Why;

TEST(Cancel, WhileItWaitsForASlotItNeverStarts) {
  SchedulerBench box;
  box.start();
  const auto ids = box.submit_many(7);
  EXPECT_EQ(box.cancel(ids[5]), std::nullopt);
  EXPECT_EQ(box.state(ids[5]), JobState::cancelled);
  EXPECT_EQ(box.manager->status().pending_jobs, 1);
  box.exit(ids[0]);
  box.exit(ids[1]);
  EXPECT_EQ(box.process_of(ids[5]), nullptr);
  EXPECT_EQ(box.state(ids[6]), JobState::running);
}

TEST(Cancel, WhileItWaitsForRamLeaksNoSlotAndLetsTheNextWaitAnew) {
  SchedulerBench box;
  box.memory.available_mb = 1000;
  box.start();
  const auto first = box.submit();
  const auto second = box.submit();
  box.advance(200s);
  EXPECT_EQ(box.cancel(first), std::nullopt);
  EXPECT_EQ(box.slots_used(), (std::vector{0, 0}));
  EXPECT_EQ(box.reason(second), "RAM 1.0 of 4.0 GB free, 300 s until it starts anyway");
  EXPECT_EQ(box.manager->status().pending_jobs, 1);
}

TEST(Cancel, BetweenReleaseAndStartTheStoreHasTheLastWord) {
  SchedulerBench box;
  box.start();
  const auto ids = box.submit_many(6);
  std::optional<scheduler::Refusal> refusal;
  box.manager->cancel(ids[5], [&](auto answer) {
    if (!answer) refusal = answer.error();
  });
  box.process_of(ids[0])->exit(0);  // before the cancel is on disk
  box.settle();
  EXPECT_EQ(refusal, std::nullopt);
  EXPECT_EQ(box.process_of(ids[5]), nullptr);
  EXPECT_EQ(box.state(ids[5]), JobState::cancelled);
}

TEST(Cancel, WhileRunningEndsTheTreeAndAnswersAfterwards) {
  SchedulerBench box;
  box.start();
  const auto id = box.submit();
  box.cancel(id);
  EXPECT_TRUE(box.process_of(id)->asked_to_end);
  EXPECT_EQ(box.answers, 0);
  EXPECT_EQ(box.view(id).reason->code, "cancelling");
  box.process_of(id)->die(15);
  box.settle();
  EXPECT_EQ(box.answers, 1);
  EXPECT_EQ(box.state(id), JobState::cancelled);
  EXPECT_EQ(
      box.logged("INFO: Job " + id.to_string() + " cancelled, GPU 0 slot released (0/3 now used)"),
      1);
}

TEST(Cancel, OfAnEndedOrUnknownJobIsRefused) {
  SchedulerBench box;
  box.start();
  const auto id = box.submit();
  box.exit(id);
  EXPECT_EQ(box.cancel(id)->why, Why::wrong_state);
  EXPECT_EQ(box.cancel(core::JobId{12345})->why, Why::not_found);
}

TEST(Retry, GivesFreshAttemptsUnderTheSameIdAtTheEndOfTheLine) {
  SchedulerBench box;
  box.start();
  const auto id = box.submit();
  box.exit(id, 1);
  ASSERT_EQ(box.state(id), JobState::failed);
  EXPECT_EQ(box.view(id).job.failure->message, "the command ended with exit status 1");
  EXPECT_EQ(box.retry(id), std::nullopt);
  EXPECT_EQ(box.state(id), JobState::running);
  EXPECT_EQ(box.view(id).job.attempt, 2);
  EXPECT_EQ(box.view(id).job.failure, std::nullopt);
  box.exit(id);
  EXPECT_EQ(box.state(id), JobState::completed);
  EXPECT_EQ(box.retry(id)->why, Why::wrong_state);
}

TEST(LostAttempts, ThreeWithTheEngineEndFailedWithEachReason) {
  SchedulerBench box;
  box.start();
  const auto id = box.submit();
  for (int attempt = 1; attempt <= 3; ++attempt) {
    ASSERT_EQ(box.view(id).job.attempt, attempt);
    box.process_of(id)->print_error("boom " + std::to_string(attempt) + "\n");
    box.process_of(id)->die(11);
    box.settle();
  }
  const core::Job job = box.view(id).job;
  EXPECT_EQ(job.state, JobState::failed);
  EXPECT_EQ(job.lost.size(), 3u);
  for (const char* reason :
       {"attempt 1", "attempt 2", "attempt 3", "boom 1", "boom 3", "SIGSEGV"}) {
    EXPECT_NE(job.failure->message.find(reason), std::string::npos) << job.failure->message;
  }
  EXPECT_EQ(box.launcher.launched.size(), 3u);
  EXPECT_EQ(box.slots_used(), (std::vector{0, 0}));
  EXPECT_EQ(box.retry(id), std::nullopt);
  EXPECT_TRUE(box.view(id).job.lost.empty());
}

TEST(Restart, ResumesTheQueueAndRescuesWhatRan) {
  SchedulerBench box;
  box.start();
  const auto ids = box.submit_many(8);
  box.exit(ids[0]);
  box.crash();
  box.start();
  EXPECT_EQ(box.state(ids[0]), JobState::completed);
  EXPECT_EQ(box.slots_used(), (std::vector{3, 2}));
  for (int i = 1; i <= 5; ++i) {
    EXPECT_EQ(box.state(ids[i]), JobState::running) << i;
    EXPECT_EQ(box.view(ids[i]).job.attempt, 2);
    EXPECT_EQ(box.view(ids[i]).job.lost.size(), 1u);
  }
  EXPECT_EQ(box.state(ids[6]), JobState::queued);
  EXPECT_EQ(box.view(ids[6]).job.attempt, 0);
  for (const auto id : ids) {
    if (id != ids[0]) box.exit(id);
  }
  for (const auto id : ids) EXPECT_EQ(box.state(id), JobState::completed);
}

TEST(Restart, AfterThreeDaemonLossesAJobRunsAloneAndAfterTenItFails) {
  SchedulerBench box;
  box.start();
  const auto id = box.submit();
  for (int loss = 1; loss <= 3; ++loss) {
    box.crash();
    box.start();
  }
  ASSERT_EQ(box.state(id), JobState::running);
  const int gpu = *box.view(id).job.gpu_id;
  const auto others = box.submit_many(5);
  for (const auto other : others) {
    if (box.state(other) == JobState::running) {
      EXPECT_NE(*box.view(other).job.gpu_id, gpu);
    }
  }
  for (int loss = 4; loss <= 10; ++loss) {
    ASSERT_FALSE(core::has_ended(box.state(id)));
    box.crash();
    box.start();
    for (const auto other : others) {
      if (box.state(other) == JobState::running) box.exit(other);
    }
  }
  EXPECT_EQ(box.state(id), JobState::failed);
  EXPECT_EQ(box.view(id).job.lost.size(), 10u);
}

TEST(Restart, WhatWasOnlyArmedCountsAsNeverStarted) {
  SchedulerBench box;
  box.start();
  const auto ids = box.submit_many(7);
  box.crash();
  box.options.models["cmd"].vram_mb = 100;
  box.start();
  EXPECT_EQ(box.view(ids[6]).job.attempt, 0);
  EXPECT_TRUE(box.view(ids[6]).job.lost.empty());
}

TEST(Restart, AJobWhoseModelIsGoneWaitsAndSaysSo) {
  SchedulerBench box;
  box.add_command("old");
  box.start();
  const auto running = box.submit_many(5);
  const auto old = box.submit("old");
  box.crash();
  box.options.models.erase("old");
  box.start();
  const auto next = box.submit();
  for (const auto id : running) box.exit(id);
  EXPECT_EQ(box.state(next), JobState::running);
  EXPECT_EQ(box.view(old).reason->code, "model_missing");
}

TEST(Submit, RefusesAnUnknownModelAndNamesThoseThereAre) {
  SchedulerBench box;
  box.start();
  box.submit("medium");
  ASSERT_TRUE(box.refusal);
  EXPECT_EQ(box.refusal->why, Why::unknown_model);
  EXPECT_EQ(box.refusal->message, "there is no model 'medium': the server has cmd");
}

TEST(DiskFull, ASubmissionIsRefusedAndLeavesNothing) {
  SchedulerBench box;
  box.start();
  box.store->fail_writes_with = ports::WriteResult::disk_full;
  box.submit();
  ASSERT_TRUE(box.refusal);
  EXPECT_EQ(box.refusal->why, Why::disk_full);
  EXPECT_EQ(box.manager->status().pending_jobs, 0);
  EXPECT_TRUE(box.launcher.launched.empty());
}

TEST(DiskFull, AnEndIsWrittenOnceTheDiskHasRoomAndTheSlotIsFreeMeanwhile) {
  SchedulerBench box;
  box.start();
  const auto id = box.submit();
  box.store->fail_writes_with = ports::WriteResult::disk_full;
  box.process_of(id)->print("hello\n");
  box.exit(id);
  EXPECT_EQ(box.slots_used(), (std::vector{0, 0}));
  EXPECT_EQ(box.state(id), JobState::running);
  EXPECT_FALSE(box.manager->readiness().ready);
  box.store->fail_writes_with.reset();
  box.advance(2s);
  EXPECT_EQ(box.state(id), JobState::completed);
  EXPECT_TRUE(box.manager->readiness().ready);
  core::Transcript transcript;
  box.manager->transcript(id, [&](auto answer) { transcript = answer.value(); });
  box.settle();
  ASSERT_EQ(transcript.segments.size(), 1u);
  EXPECT_EQ(transcript.segments[0].text, "hello");
}

TEST(DiskFull, AJobThatCannotBeArmedWaitsWithThatReason) {
  SchedulerBench box;
  box.start();
  const auto ids = box.submit_many(5);
  for (int i = 0; i < 70; ++i) box.submit();
  const auto last = box.submit();
  box.store->fail_writes_with = ports::WriteResult::disk_full;
  for (const auto id : ids) box.exit(id);
  box.advance(500ms);
  EXPECT_FALSE(core::has_ended(box.state(last)));
  box.store->fail_writes_with.reset();
  box.advance(3s);
  int done = 0;
  for (int i = 0; i < 76; ++i) {
    for (const auto& process : std::vector(box.launcher.launched)) {
      if (!process->destroyed) {
        process->exit(0);
        box.settle();
        ++done;
      }
    }
  }
  EXPECT_EQ(done, 71);
  EXPECT_EQ(box.state(last), JobState::completed);
}

TEST(Remove, ForgetsAnEndedJobAndItsUpload) {
  SchedulerBench box;
  box.start();
  const auto id = box.submit();
  std::optional<scheduler::Refusal> refusal;
  const auto remove = [&] {
    refusal.reset();
    box.manager->remove(id, [&](auto answer) {
      if (!answer) refusal = answer.error();
    });
    box.settle();
  };
  remove();
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->why, Why::wrong_state);
  box.exit(id);
  remove();
  EXPECT_FALSE(refusal);
  EXPECT_EQ(box.forgotten, (std::vector<std::string>{"/audio/" + id.to_string()}));
  remove();
  EXPECT_EQ(refusal->why, Why::not_found);
}

TEST(LongQueue, IsReadInWindowsAndRunsInOrder) {
  SchedulerBench box;
  for (std::uint64_t i = 1; i <= 5000; ++i) {
    core::Job job;
    job.id = {i};
    job.queue = {0, i, job.id};
    job.model = "cmd";
    job.audio = {"/audio/" + job.id.to_string(), true};
    box.rows.rows[i] = {job, false, {}};
  }
  box.rows.last_id = 5000;
  box.rows.flows[{}] = 5000;
  box.start();
  EXPECT_EQ(box.manager->status().pending_jobs, 4995);
  EXPECT_EQ(box.reason(core::JobId{4000}), "all 5 slots busy, 3995th in line");
  box.submit();
  std::size_t ended = 0;
  while (ended < box.launcher.launched.size()) {
    box.launcher.launched[ended++]->exit(0);
    box.settle();
  }
  EXPECT_EQ(ended, 5001u);
  for (std::uint64_t i = 1; i <= 5000; ++i) {
    ASSERT_EQ(box.launcher.launched[i - 1]->spec.argv.back(),
              "/audio/" + core::JobId{i}.to_string());
  }
  EXPECT_EQ(box.manager->status().pending_jobs, 0);
}

}  // namespace
}  // namespace transcribed
