// Forty recordings on the RTX 5070 Ti and the RTX 2080 Super: the main job, start to finish.
#include <fstream>

#include "tests/integration/daemon_fixture.h"

namespace transcribed::tests {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

constexpr std::size_t slots = 5;

class ReferenceBox : public DaemonTest {
 protected:
  // One after another, each running before the next, so that who gets which slot is certain.
  void submit(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      ids_.push_back(api().submit(recording("number " + std::to_string(ids_.size()))));
      if (ids_.size() <= slots) {
        ASSERT_TRUE(engines_.saw("start", ids_.size()));
      }
    }
  }

  std::vector<std::string> ids_;
};

std::int64_t total_memory_mb() {
  std::ifstream file("/proc/meminfo");
  std::string name;
  std::int64_t kilobytes = 0;
  file >> name >> kilobytes;
  return kilobytes / 1024;
}

std::vector<std::string> keys_of(const boost::json::object& object) {
  std::vector<std::string> out;
  for (const auto& [key, value] : object) out.emplace_back(key);
  return out;
}

TEST_F(ReferenceBox, TellsItsGpusAndSlotsAtTheStart) {
  start(engines_.command_model("held"));
  EXPECT_THAT(daemon_->lines(),
              IsSupersetOf({"INFO: GPU 0 (RTX 5070 Ti): 12227 MB VRAM, 3 slots available",
                            "INFO: GPU 1 (RTX 2080 Super): 8192 MB VRAM, 2 slots available",
                            "INFO: Resource manager initialized: 5 total slots across 2 GPUs"}));
  EXPECT_EQ(api().get("/readyz").status, 200);
  EXPECT_EQ(api().get("/healthz").status, 200);
  stop();
}

TEST_F(ReferenceBox, RunsThreeAndTwoOfFortyAtOnceAndNeverMore) {
  start(engines_.command_model("held"));
  submit(40);
  // Each one that is let go makes room for exactly one.
  for (std::size_t ended = 1; ended <= ids_.size(); ++ended) {
    engines_.let_pass();
    ASSERT_TRUE(engines_.saw("end", ended));
    ASSERT_TRUE(engines_.saw("start", std::min(ids_.size(), ended + slots)));
  }
  for (const std::string& id : ids_) {
    EXPECT_EQ(text_at(api().wait_for(id, "completed"), "state"), "completed");
  }
  EXPECT_THAT(engines_.most_at_once(), ElementsAre(Pair(0, 3), Pair(1, 2)));
  EXPECT_EQ(engines_.entries("start").size(), ids_.size());
  EXPECT_TRUE(engines_.entries("twice").empty());
  for (std::size_t i = 0; i < ids_.size(); ++i) {
    EXPECT_EQ(api().transcript(ids_[i], "txt"), "heard number " + std::to_string(i) + "\n");
  }
  // Started in the order of submission.
  std::vector<std::string> started;
  for (const LedgerEntry& entry : engines_.entries("start")) started.push_back(entry.job);
  EXPECT_EQ(started, ids_);
  stop();
}

TEST_F(ReferenceBox, LogsEachAssignmentAndReleaseInTheContractsWords) {
  start(engines_.command_model("held"));
  submit(7);
  const auto assigned = [&](std::size_t job, const std::string& rest) {
    return "INFO: Job " + ids_[job] + " assigned to GPU " + rest;
  };
  // The GPU with the most free slots, then the lowest id.
  EXPECT_THAT(
      daemon_->lines_with("assigned"),
      ElementsAre(assigned(0, "0 (slot 1/3 now used)"), assigned(1, "0 (slot 2/3 now used)"),
                  assigned(2, "1 (slot 1/2 now used)"), assigned(3, "0 (slot 3/3 now used)"),
                  assigned(4, "1 (slot 2/2 now used)")));
  const std::string busy = "INFO: All GPU slots busy, job " + ids_[5] + " queued";
  ASSERT_TRUE(daemon_->says(busy));

  engines_.let_pass();
  ASSERT_TRUE(engines_.saw("start", 6));
  const LedgerEntry ended = engines_.entries("end").at(0);
  const std::string gpu = std::to_string(ended.gpu);
  const std::string left = ended.gpu == 0 ? "2/3" : "1/2";
  const std::string full = ended.gpu == 0 ? "3/3" : "2/2";
  ASSERT_TRUE(daemon_->says("INFO: All GPU slots busy, job " + ids_[6] + " queued"));
  const std::vector<std::string> lines = daemon_->lines();
  const auto at = std::ranges::find(lines, busy);
  EXPECT_THAT(std::vector(at, lines.end()),
              ElementsAre(busy,
                          "INFO: Job " + ended.job + " completed, GPU " + gpu + " slot released (" +
                              left + " now used)",
                          "INFO: Job " + ids_[5] + " assigned to GPU " + gpu + " (slot " + full +
                              " now used)",
                          "INFO: All GPU slots busy, job " + ids_[6] + " queued"));
  engines_.let_pass(6);
  for (const std::string& id : ids_) api().wait_for(id, "completed");
  stop();
}

TEST_F(ReferenceBox, ShowsItsResourcesInTheContractsShape) {
  start(engines_.command_model("held"));
  submit(9);
  const boost::json::object shown = api().get("/api/resources").json();
  EXPECT_THAT(keys_of(shown), IsSupersetOf({"gpus", "system_ram_mb", "system_ram_available_mb",
                                            "system_ram_promised_mb", "pending_jobs"}));
  const boost::json::array& gpus = shown.at("gpus").as_array();
  ASSERT_EQ(gpus.size(), 2U);
  const boost::json::object& first = gpus[0].as_object();
  EXPECT_EQ(number_at(first, "id"), 0);
  EXPECT_EQ(text_at(first, "name"), "RTX 5070 Ti");
  EXPECT_EQ(number_at(first, "total_mb"), 12227);
  EXPECT_EQ(number_at(first, "slots_used"), 3);
  EXPECT_EQ(number_at(first, "slots_max"), 3);
  const boost::json::object& second = gpus[1].as_object();
  EXPECT_EQ(number_at(second, "id"), 1);
  EXPECT_EQ(text_at(second, "name"), "RTX 2080 Super");
  EXPECT_EQ(number_at(second, "total_mb"), 8192);
  EXPECT_EQ(number_at(second, "slots_used"), 2);
  EXPECT_EQ(number_at(second, "slots_max"), 2);
  EXPECT_EQ(number_at(shown, "pending_jobs"), 4) << "the one at the head included";
  EXPECT_GT(number_at(shown, "system_ram_mb"), 0);
  EXPECT_LE(number_at(shown, "system_ram_mb"), total_memory_mb());
  EXPECT_GT(number_at(shown, "system_ram_available_mb"), 0);
  EXPECT_LE(number_at(shown, "system_ram_available_mb"), number_at(shown, "system_ram_mb"));

  engines_.let_pass(9);
  for (const std::string& id : ids_) api().wait_for(id, "completed");
  const boost::json::object idle = api().get("/api/resources").json();
  EXPECT_EQ(number_at(idle.at("gpus").as_array()[0].as_object(), "slots_used"), 0);
  EXPECT_EQ(number_at(idle.at("gpus").as_array()[1].as_object(), "slots_used"), 0);
  EXPECT_EQ(number_at(idle, "pending_jobs"), 0);
  stop();
}

TEST_F(ReferenceBox, ExplainsWhyEachJobWaitsWithItsPlaceInLine) {
  start(engines_.command_model("held"));
  submit(8);
  EXPECT_EQ(api().reason(ids_[0]), "");
  EXPECT_EQ(api().reason(ids_[5]), "slots_busy: all 5 slots busy");
  EXPECT_EQ(api().reason(ids_[7]), "slots_busy: all 5 slots busy, 3rd in line");
  const boost::json::object running = api().job(ids_[2]);
  EXPECT_EQ(text_at(running, "state"), "running");
  EXPECT_EQ(number_at(running, "gpu_id"), 1);
  EXPECT_EQ(number_at(running, "attempt"), 1);
  engines_.let_pass(8);
  for (const std::string& id : ids_) api().wait_for(id, "completed");
  stop();
}

TEST_F(ReferenceBox, StartsTheMoreUrgentFirst) {
  start(engines_.command_model("held"));
  submit(6);
  const std::string urgent = api().submit(recording("at once"), {{"priority", 10}});
  EXPECT_EQ(api().reason(urgent), "slots_busy: all 5 slots busy");
  engines_.let_pass();
  ASSERT_TRUE(engines_.saw("start", 6));
  EXPECT_EQ(engines_.entries("start").back().job, urgent);
  engines_.let_pass(6);
  api().wait_for(ids_.back(), "completed");
  stop();
}

TEST_F(ReferenceBox, RespectsAGpuSetAsideAndSlotsByHand) {
  start(engines_.command_model("held") + "[gpus.0]\nslots = 1\n[gpus.1]\nenabled = false\n");
  EXPECT_THAT(daemon_->lines(),
              IsSupersetOf({"INFO: Resource manager initialized: 1 total slots across 2 GPUs"}));
  const std::string first = api().submit(recording("one"));
  const std::string second = api().submit(recording("two"));
  ASSERT_TRUE(daemon_->says("All GPU slots busy, job " + second + " queued"));
  EXPECT_EQ(api().reason(second), "slots_busy: the only slot is busy");
  engines_.let_pass(2);
  api().wait_for(second, "completed");
  EXPECT_THAT(engines_.most_at_once(), ElementsAre(Pair(0, 1)));
  stop();
}

}  // namespace
}  // namespace transcribed::tests
