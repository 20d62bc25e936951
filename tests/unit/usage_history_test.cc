// An hour of the machine in virtual time.
#include "scheduler/usage_history.h"

#include <gtest/gtest.h>

#include "tests/fakes/fake_clock.h"
#include "tests/fakes/scheduler_bench.h"

namespace transcribed::scheduler {
namespace {

using namespace std::chrono_literals;

class UsageHistoryTest : public testing::Test {
 protected:
  UsageHistoryTest() {
    status.gpus.resize(2);
    status.gpus[0].gpu.slots_max = 3;
    status.gpus[1].gpu.slots_max = 2;
  }
  fakes::FakeClock clock;
  ResourceStatus status;
  UsageHistory history{clock, [this] { return status; }};
};

TEST_F(UsageHistoryTest, SamplesAtOnceAndThenEveryTenSeconds) {
  EXPECT_TRUE(history.samples().empty());
  history.start();
  ASSERT_EQ(history.samples().size(), 1u);
  clock.advance(9999ms);
  EXPECT_EQ(history.samples().size(), 1u);
  status.gpus[0].slots_used = 2;
  status.gpus[1].slots_used = 1;
  status.system_ram_available_mb = 24500;
  status.system_ram_promised_mb = 1200;
  status.pending_jobs = 4;
  clock.advance(1ms);
  const auto samples = history.samples();
  ASSERT_EQ(samples.size(), 2u);
  EXPECT_EQ(samples[0].slots_used, 0);
  EXPECT_EQ(samples[1].at - samples[0].at, 10s);
  EXPECT_EQ(samples[1].slots_used, 3);
  EXPECT_EQ(samples[1].slots_max, 5);
  EXPECT_EQ(samples[1].ram_available_mb, 24500);
  EXPECT_EQ(samples[1].ram_promised_mb, 1200);
  EXPECT_EQ(samples[1].pending_jobs, 4);
}

TEST_F(UsageHistoryTest, ThroughputIsWhatWasHeardSinceTheSampleBefore) {
  status.audio_seconds_heard = 100;
  history.start();
  status.audio_seconds_heard = 250;
  clock.advance(10s);
  clock.advance(10s);
  const auto samples = history.samples();
  ASSERT_EQ(samples.size(), 3u);
  EXPECT_EQ(samples[0].audio_seconds, 0);
  EXPECT_EQ(samples[1].audio_seconds, 150);
  EXPECT_EQ(samples[2].audio_seconds, 0);
}

TEST_F(UsageHistoryTest, KeepsAnHourOldestFirst) {
  history.start();
  for (int i = 1; i <= 1000; ++i) {
    status.pending_jobs = i;
    clock.advance(10s);
  }
  const auto samples = history.samples();
  ASSERT_EQ(samples.size(), UsageHistory::kept);
  EXPECT_EQ(samples.back().pending_jobs, 1000);
  for (std::size_t i = 1; i < samples.size(); ++i) {
    ASSERT_EQ(samples[i].pending_jobs, samples[i - 1].pending_jobs + 1);
    ASSERT_EQ(samples[i].at - samples[i - 1].at, 10s);
  }
}

// A clock that was asleep: every alarm fires late.
class SleepyClock final : public ports::Clock {
 public:
  core::SteadyTime now() const override { return clock.now() + slept; }
  core::WallTime wall_now() const override {
    return clock.wall_now() + std::chrono::duration_cast<core::Milliseconds>(slept);
  }
  std::unique_ptr<ports::Alarm> wake_at(core::SteadyTime when,
                                        std::function<void()> wake) override {
    return clock.wake_at(when - slept, std::move(wake));
  }
  fakes::FakeClock clock;
  std::chrono::seconds slept{0};
};

TEST(UsageHistoryAfterSleep, GoesOnFromNowInsteadOfCatchingUp) {
  SleepyClock clock;
  UsageHistory history(clock, [] { return ResourceStatus{}; });
  history.start();
  clock.clock.advance(5s);
  clock.slept = 3600s;
  clock.clock.advance(5s);
  ASSERT_EQ(history.samples().size(), 2u);
  EXPECT_EQ(history.samples()[1].at - history.samples()[0].at, 3610s);
  clock.clock.advance(10s);
  EXPECT_EQ(history.samples().size(), 3u);
}

// What the scheduler gives it to look at.
TEST(UsageOfAScheduler, CountsAudioAsItIsHeardAndNothingTwice) {
  fakes::SchedulerBench box;
  box.add_worker("w");
  box.start();
  const auto id = box.submit("w");
  auto& worker = *box.launcher.launched.at(0);
  const auto say = [&](const std::string& type, const std::string& rest) {
    worker.print(R"({"type":")" + type + R"(",)" + rest + "}\n");
    box.settle();
  };
  say("ready", R"("engine":"e","version":"1")");
  const std::string job = R"("job":")" + id.to_string() + R"(","attempt":1)";
  EXPECT_EQ(box.manager->status().audio_seconds_heard, 0);
  say("progress", job + R"(,"done_s":5,"total_s":20)");
  EXPECT_EQ(box.manager->status().audio_seconds_heard, 5);
  say("progress", job + R"(,"done_s":4,"total_s":20)");
  say("progress", job + R"(,"done_s":12,"total_s":20)");
  EXPECT_EQ(box.manager->status().audio_seconds_heard, 12);
  say("done", job + R"(,"language":"en","duration_s":20)");
  EXPECT_EQ(box.state(id), core::JobState::completed);
  EXPECT_EQ(box.manager->status().audio_seconds_heard, 20);
}

TEST(UsageOfAScheduler, TellsWhyTheNextJobWaitsAndForHowLong) {
  fakes::SchedulerBench box;
  box.memory.available_mb = 3210;
  box.start();
  EXPECT_FALSE(box.manager->status().next_job);
  EXPECT_EQ(box.manager->status().min_system_ram_mb, 4000);
  const auto id = box.submit();
  box.advance(160s);
  auto next = box.manager->status().next_job;
  ASSERT_TRUE(next);
  EXPECT_EQ(next->id, id);
  EXPECT_EQ(next->reason.code, "ram_low");
  EXPECT_EQ(next->ram_wait_left, 140s);
  box.memory.available_mb = 30000;
  box.advance(1s);
  EXPECT_FALSE(box.manager->status().next_job);
  box.submit_many(5);
  next = box.manager->status().next_job;
  ASSERT_TRUE(next);
  EXPECT_EQ(next->reason.code, "slots_busy");
  EXPECT_FALSE(next->ram_wait_left);
}

}  // namespace
}  // namespace transcribed::scheduler
