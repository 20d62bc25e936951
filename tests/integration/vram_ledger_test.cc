// The VRAM ledger on the real daemon: more jobs at once than with a fixed cost for each.
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "tests/integration/daemon_fixture.h"

namespace transcribed::tests {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

class VramLedger : public DaemonTest {
 protected:
  std::vector<std::string> submit(std::size_t count, const std::string& says = "words") {
    std::vector<std::string> ids;
    for (std::size_t i = 0; i < count; ++i) ids.push_back(api().submit(recording(says)));
    return ids;
  }
  boost::json::object gpu(std::size_t index) {
    return api().get("/api/resources").json().at("gpus").as_array()[index].as_object();
  }
  void finish(const std::vector<std::string>& ids) {
    engines_.let_pass(static_cast<int>(ids.size()));
    for (const std::string& id : ids) {
      EXPECT_EQ(text_at(api().wait_for(id, "completed"), "state"), "completed");
    }
    EXPECT_TRUE(engines_.entries("twice").empty());
  }
  std::string medium(const std::string& more = "") {
    return engines_.sharing_model("medium", 1500, 1100, more);
  }
};

TEST_F(VramLedger, PerJobRunsThreeAndTwoOfTwentyAtOnce) {
  start(medium());
  const auto ids = submit(20);
  ASSERT_TRUE(engines_.saw("start", 5));
  EXPECT_EQ(number_at(gpu(0), "slots_max"), 3);
  EXPECT_EQ(text_at(gpu(0), "accounting"), "per_job");
  finish(ids);
  EXPECT_THAT(engines_.most_at_once(), ElementsAre(Pair(0, 3), Pair(1, 2)));
  EXPECT_EQ(engines_.entries("load").size(), 2U) << "one process a GPU";
  stop();
}

TEST_F(VramLedger, TheLedgerRunsSevenAndFourOfTheSameTwenty) {
  start(medium("weights_mb = 1500\nstate_mb = 1100"), {"--vram-accounting", "ledger"});
  EXPECT_TRUE(daemon_->says("INFO: GPU 0 (RTX 5070 Ti): 12227 MB VRAM, 7 slots available"));
  EXPECT_TRUE(daemon_->says("INFO: GPU 1 (RTX 2080 Super): 8192 MB VRAM, 4 slots available"));
  EXPECT_TRUE(daemon_->says("INFO: Resource manager initialized: 11 total slots across 2 GPUs"));
  const auto ids = submit(20);
  ASSERT_TRUE(engines_.saw("start", 11));
  EXPECT_EQ(api().reason(ids[11]),
            "vram_busy: GPU 0 has 1027 of 1100 MB free for another medium job, GPU 1 has 292 of "
            "1100 MB free for another medium job");
  EXPECT_TRUE(daemon_->says("INFO: All GPU slots busy, job " + ids[11] + " queued"));
  const boost::json::object first = gpu(0);
  EXPECT_EQ(number_at(first, "slots_used"), 7);
  EXPECT_EQ(number_at(first, "slots_max"), 7);
  EXPECT_EQ(number_at(first, "vram_used_mb"), 1500 + 7 * 1100);
  EXPECT_EQ(number_at(first, "capacity_mb"), 10227);
  EXPECT_EQ(text_at(first, "accounting"), "ledger");
  const boost::json::object& loaded = first.at("loaded").as_array().at(0).as_object();
  EXPECT_EQ(text_at(loaded, "model"), "medium");
  EXPECT_EQ(number_at(loaded, "jobs"), 7);
  EXPECT_EQ(text_at(loaded, "device"), "Fake GPU (script)");
  finish(ids);
  EXPECT_THAT(engines_.most_at_once(), ElementsAre(Pair(0, 7), Pair(1, 4)));
  EXPECT_EQ(engines_.entries("load").size(), 2U);
  stop();
}

TEST_F(VramLedger, WhatTheWorkerMeasuredIsKnownAfterARestart) {
  start(medium(), {"--vram-accounting", "ledger"});
  EXPECT_TRUE(daemon_->says("GPU 0 (RTX 5070 Ti): 12227 MB VRAM, 3 slots available"))
      << "nobody knows yet what it takes";
  const auto ids = submit(12);
  ASSERT_TRUE(engines_.saw("start", 11)) << "more start as soon as the worker has said it";
  EXPECT_TRUE(daemon_->says(
      "INFO: Model medium on GPU 0 (RTX 5070 Ti) takes 1500 MB of weights and 1100 MB a job"));
  finish(ids);
  stop();
  start_again();
  EXPECT_TRUE(daemon_->says("GPU 0 (RTX 5070 Ti): 12227 MB VRAM, 7 slots available"));
  stop();
}

TEST_F(VramLedger, ACrashOfTheSharedProcessLosesNobody) {
  start(medium("weights_mb = 1500\nstate_mb = 1100") + "[gpus.1]\nenabled = false\n",
        {"--vram-accounting", "ledger"});
  const auto ids = submit(3);
  ASSERT_TRUE(engines_.saw("start", 3));
  ::kill(engines_.entries("start")[0].pid, SIGKILL);
  ASSERT_TRUE(engines_.saw("start", 6));
  finish(ids);
  for (const std::string& id : ids) EXPECT_EQ(number_at(api().job(id), "attempt"), 2);
  stop();
}

TEST_F(VramLedger, AJobThatRunsOutOfMemoryBesideOthersSucceedsAlone) {
  start(medium("weights_mb = 1500\nstate_mb = 1100") + "[gpus.1]\nenabled = false\n",
        {"--vram-accounting", "ledger"});
  auto ids = submit(2);
  ASSERT_TRUE(engines_.saw("start", 2));
  const auto hungry = submit(1, "out_of_memory");
  ASSERT_TRUE(engines_.saw("out_of_memory", 1));
  EXPECT_TRUE(daemon_->says("Job " + hungry[0] + " requeued, GPU 0 slot released"));
  EXPECT_TRUE(eventually([&] {
    return api().reason(hungry[0]).find("waiting for GPU 0 to itself") != std::string::npos;
  }));
  finish(ids);
  finish(hungry);
  EXPECT_EQ(number_at(api().job(hungry[0]), "attempt"), 2);
  stop();
}

TEST_F(VramLedger, OneThatRunsOutOfMemoryAlwaysFailsOnEveryGpuWithTheFigures) {
  start(medium(), {"--vram-accounting", "ledger"});
  const boost::json::object job = api().wait_for(submit(1, "always")[0], "failed");
  EXPECT_EQ(number_at(job, "attempt"), 3) << boost::json::serialize(job);
  EXPECT_THAT(text_at(job.at("error").as_object(), "message"),
              AllOf(HasSubstr("attempt 2: cannot allocate a state (on GPU 0 with 12227 MB"),
                    HasSubstr("attempt 3: cannot allocate a state (on GPU 1 with 8192 MB")));
  EXPECT_EQ(text_at(job.at("error").as_object(), "kind"), "out_of_memory");
  stop();
}

}  // namespace
}  // namespace transcribed::tests
