// Another program takes a GPU's memory while jobs are in line.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/ledger_bench.h"

namespace transcribed {
namespace {

using core::JobState;
using fakes::LedgerBench;
using fakes::one_gpu;
using scheduler::VramGauge;
using scheduler::VramShortage;
using ::testing::HasSubstr;

// A driver that answers when the test says so.
class SharedBox : public LedgerBench {
 public:
  explicit SharedBox(core::GpuDetection gpus, core::ResourcePolicy policy = fakes::ledger_policy())
      : LedgerBench(std::move(gpus), policy) {
    options.ask_vram = [this](std::function<void(VramGauge::Readings)> done) {
      waiting = std::move(done);
    };
  }
  bool is_asked() const { return waiting != nullptr; }
  void driver_says(VramGauge::Readings in_use) {
    std::exchange(waiting, nullptr)(std::move(in_use));
    settle();
  }
  // The job in `process` runs out of memory, and our process leaves.
  void memory_runs_out(std::size_t process, core::JobId id) {
    out_of_memory(process, id);
    advance(VramShortage::first_look);
    if (launcher.launched.at(process)->asked_to_end) launcher.launched.at(process)->exit(0);
    settle();
  }
  // A job, alone on GPU 0, whose memory runs out.
  core::JobId submit_what_runs_out() {
    const auto id = submit();
    ready(0);
    memory_runs_out(0, id);
    return id;
  }
  std::function<void(VramGauge::Readings)> waiting;
};

TEST(VramShortage, JobsWaitUntilAnotherProgramHasLetGo) {
  SharedBox box(one_gpu(12000));
  box.start();
  const auto first = box.submit();
  box.ready(0);
  box.out_of_memory(0, first);
  EXPECT_EQ(box.reason(first),
            "GPU 0 ran out of memory without another job on it: finding out whether other programs "
            "hold it");
  box.advance(VramShortage::first_look);
  EXPECT_TRUE(box.launcher.launched[0]->asked_to_end) << "ours leaves meanwhile";
  box.driver_says({{0, 11500}});
  box.launcher.launched[0]->exit(0);
  box.settle();
  EXPECT_THAT(box.reason(first), HasSubstr("finding out")) << "this may still have been ours";
  box.advance(VramShortage::second_look);
  box.driver_says({{0, 11000}});
  const std::string why =
      "GPU 0 has 1.0 of 12.0 GB free where a job needs 2.2 GB: other programs hold the rest";
  EXPECT_EQ(box.reason(first), why);
  EXPECT_EQ(box.view(first).reason->code, "vram_taken");
  EXPECT_EQ(box.logged("WARN: " + why + ". It takes no jobs until they let it go."), 1);
  const auto second = box.submit();
  EXPECT_EQ(box.reason(second), "2nd in line; the first waits: " + why);
  box.advance(VramShortage::interval);
  box.driver_says({{0, 10500}});
  EXPECT_THAT(box.reason(first), HasSubstr("GPU 0 has 1.5 of 12.0 GB free"));
  EXPECT_EQ(box.logged("WARN: " + why + ". It takes no jobs until they let it go."), 1);
  EXPECT_EQ(box.processes(), 1u) << "nothing was tried meanwhile";
  box.advance(VramShortage::interval);
  box.driver_says({{0, 900}});
  EXPECT_EQ(box.logged("INFO: GPU 0 takes jobs again"), 1);
  EXPECT_EQ(box.view(first).job.attempt, 2);
  box.ready(1);
  box.done(1, first);
  box.done(1, second);
  EXPECT_EQ(box.state(first), JobState::completed);
  EXPECT_EQ(box.state(second), JobState::completed);
  box.advance(VramShortage::interval);
  EXPECT_FALSE(box.is_asked());
}

TEST(VramShortage, WhereNobodyElseHoldsItTheJobIsTriedAgainAndFails) {
  SharedBox box(one_gpu(12000));
  box.start();
  const auto id = box.submit_what_runs_out();
  box.driver_says({{0, 700}});
  EXPECT_EQ(box.view(id).job.attempt, 2);
  box.ready(1);
  box.memory_runs_out(1, id);
  EXPECT_EQ(box.state(id), JobState::failed);
  box.driver_says({{0, 700}});
  EXPECT_EQ(box.logged("INFO: GPU 0 takes jobs again"), 0) << "nobody knew that it did not";
}

TEST(VramShortage, GoesByWhatTheModelTakesAndNotByTheSizeOfASlot) {
  core::ResourcePolicy per_job;  // 3,000 MB a slot
  per_job.ram_per_job_mb = 0;
  SharedBox box(one_gpu(12000), per_job);
  box.start();
  const auto id = box.submit_what_runs_out();
  box.driver_says({{0, 9500}});
  EXPECT_EQ(box.view(id).job.attempt, 2) << "2,500 MB are enough for 2,200";
}

TEST(VramShortage, ADriverThatSaysNothingHoldsNothingUp) {
  SharedBox box(one_gpu(12000));
  box.start();
  const auto id = box.submit_what_runs_out();
  box.driver_says({});
  EXPECT_EQ(box.view(id).job.attempt, 2);
}

TEST(VramShortage, AnotherGpuIsTakenOnceItIsKnown) {
  SharedBox box(fakes::reference_box());
  box.start();
  const auto id = box.submit_what_runs_out();
  box.driver_says({{0, 12000}, {1, 3000}});
  EXPECT_EQ(box.state(id), JobState::queued) << "it would be GPU 0's turn, if that is free";
  box.advance(VramShortage::second_look);
  box.driver_says({{0, 12000}, {1, 3000}});
  EXPECT_EQ(box.gpu_of(id), 1) << "alone there";
  const auto next = box.submit();
  EXPECT_EQ(box.reason(next),
            "GPU 0 has 0.2 of 12.2 GB free where a job needs 2.2 GB: other programs hold the rest; "
            "what else could take the job is busy");
  box.ready(1);
  box.done(1, id);
  EXPECT_EQ(box.gpu_of(next), 1);
}

TEST(VramShortage, IsNotSuspectedBesideOtherJobsOfOurs) {
  SharedBox box(one_gpu(12000));
  box.start();
  const auto ids = box.submit_many(2);
  box.ready(0);
  box.out_of_memory(0, ids[0]);
  box.advance(VramShortage::interval);
  EXPECT_FALSE(box.is_asked());
  box.done(0, ids[1]);
  EXPECT_EQ(box.view(ids[0]).job.attempt, 2) << "alone, at once";
}

TEST(VramShortage, IsNotSuspectedBesideAnIdleProcessOfOurs) {
  SharedBox box(one_gpu(12000));
  box.add_shared("large", 3000, 1000);
  box.start();
  const auto large = box.submit("large");
  box.ready(0);
  box.done(0, large);
  const auto id = box.submit();
  box.ready(1);
  box.out_of_memory(1, id);
  box.advance(VramShortage::interval);
  EXPECT_FALSE(box.is_asked());
  EXPECT_TRUE(box.launcher.launched[0]->asked_to_end) << "so that the job is alone";
}

TEST(VramShortage, OfAFailedLoadIsSuspectedOnce) {
  SharedBox box(one_gpu(12000));
  box.start();
  const auto ids = box.submit_many(3);
  box.print(0, R"({"type":"failed","kind":"out_of_memory","message":"no room"})"
               "\n");
  box.launcher.launched[0]->exit(1);
  box.advance(VramShortage::first_look);
  box.driver_says({{0, 11900}});
  box.advance(VramShortage::second_look);
  box.driver_says({{0, 11900}});
  for (const core::JobId id : ids) {
    EXPECT_EQ(box.state(id), JobState::queued);
    EXPECT_EQ(box.view(id).job.lost.size(), 1u);
  }
  EXPECT_EQ(box.processes(), 1u);
}

}  // namespace
}  // namespace transcribed
