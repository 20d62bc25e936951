// A start without the reference box's cards: nvidia-smi failing in each way, and no slot at all.
#include <cstdlib>

#include <boost/json/array.hpp>

#include "tests/integration/daemon_fixture.h"

namespace transcribed::tests {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class GpuStart : public DaemonTest {
 protected:
  boost::json::array gpus() { return api().get("/api/resources").json().at("gpus").as_array(); }
  static std::string echo_model() {
    return "[models.echo]\nengine = \"command\"\ncommand = [\"/bin/echo\", \"{audio}\"]\n";
  }
};

struct Failing {
  const char* folder;  // of tests/fakes; empty: none at all
  const char* says;
};

class NvidiaSmiFails : public GpuStart, public ::testing::WithParamInterface<Failing> {};

TEST_P(NvidiaSmiFails, OneUnknownGpuWithOneSlotStandsInAndTheLogSaysWhy) {
  ::setenv("FAKE_ALIVE", "/dev/null", 1);
  const std::string folder = GetParam().folder;
  setup_.path_front = folder.empty() ? "" : std::string(TRANSCRIBED_FAKES "/") + folder;
  // Where no nvidia-smi of this machine is found instead.
  if (folder.empty() || folder == "gpu-not-executable") setup_.path_rest = "/nonexistent";
  start(echo_model());
  const std::vector<std::string> warnings =
      daemon_->lines_with("WARN: The GPUs could not be detected: ");
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_THAT(warnings[0], AllOf(HasSubstr(GetParam().says), HasSubstr("with 1 job slot")));
  EXPECT_TRUE(daemon_->says("INFO: GPU 0 (unknown): 0 MB VRAM, 1 slots available"));
  EXPECT_TRUE(daemon_->says("INFO: Resource manager initialized: 1 total slots across 1 GPUs"));

  const boost::json::array all = gpus();
  ASSERT_EQ(all.size(), 1U);
  const boost::json::object& gpu = all[0].as_object();
  EXPECT_EQ(number_at(gpu, "id"), 0);
  EXPECT_EQ(text_at(gpu, "name"), "unknown");
  EXPECT_EQ(number_at(gpu, "total_mb"), 0);
  EXPECT_EQ(number_at(gpu, "slots_max"), 1);
  const std::string id = api().submit(recording("x"));
  EXPECT_EQ(text_at(api().wait_for(id, "completed"), "state"), "completed");
  stop();
}

INSTANTIATE_TEST_SUITE_P(
    InEachWay, NvidiaSmiFails,
    ::testing::Values(Failing{"", "was not found on PATH"},
                      Failing{"gpu-exit-1", "ended with status 1: NVIDIA-SMI has failed"},
                      Failing{"gpu-exit-9", "ended with status 9"}, Failing{"gpu-empty", ""},
                      Failing{"gpu-garbage", ""}, Failing{"gpu-killed", "killed by signal 9"},
                      Failing{"gpu-hang", "no answer within 10 s"},
                      Failing{"gpu-flood", "printed more than"},
                      Failing{"gpu-no-interpreter", "could not be started"},
                      Failing{"gpu-not-executable", "is not executable"}),
    [](const auto& about) {
      std::string name = *about.param.folder == '\0' ? "missing" : about.param.folder;
      std::ranges::replace(name, '-', '_');
      return name;
    });

std::string telling_model() {
  return "[models.tell]\nengine = \"command\"\ncommand = [\"/bin/sh\", \"-c\", "
         "'echo gpu $CUDA_VISIBLE_DEVICES at ${TRANSCRIBED_GPU_PCI_ADDRESS-nowhere}', "
         "\"{audio}\"]\n";
}

TEST_F(GpuStart, AnEngineIsToldThePciAddressOfItsGpu) {
  start(telling_model() + "[gpus.0]\nenabled = false\n", {"--log-level", "debug"});
  EXPECT_TRUE(daemon_->says("DEBUG: GPU 0 (RTX 5070 Ti) has the PCI address 0000:01:00.0"));
  EXPECT_TRUE(daemon_->says("DEBUG: GPU 1 (RTX 2080 Super) has the PCI address 0000:02:00.0"));
  const std::string id = api().submit(recording("x"));
  EXPECT_EQ(text_at(api().wait_for(id, "completed"), "state"), "completed");
  EXPECT_EQ(api().transcript(id, "txt"), "gpu 1 at 0000:02:00.0\n");
  stop();
}

TEST_F(GpuStart, WithoutPciAddressesNothingElseIsMissing) {
  setup_.path_front = TRANSCRIBED_FAKES "/gpu-no-addresses";
  start(telling_model());
  EXPECT_TRUE(daemon_->says("INFO: GPU 0 (RTX 5070 Ti): 12227 MB VRAM, 3 slots available"));
  EXPECT_TRUE(daemon_->lines_with("PCI").empty());
  const std::string id = api().submit(recording("x"));
  EXPECT_EQ(text_at(api().wait_for(id, "completed"), "state"), "completed");
  EXPECT_EQ(api().transcript(id, "txt"), "gpu 0 at nowhere\n");
  stop();
}

TEST_F(GpuStart, AGpuWithoutANumberGetsNoSlotAndAWarning) {
  setup_.path_front = TRANSCRIBED_FAKES "/gpu-mixed";
  start(echo_model());
  EXPECT_EQ(daemon_->lines_with("WARN: GPU 1 (").size(), 1U) << daemon_->log();
  EXPECT_TRUE(daemon_->says("Resource manager initialized: 3 total slots across 2 GPUs"));
  const boost::json::array all = gpus();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(number_at(all[1].as_object(), "slots_max"), 0);
  stop();
}

TEST_F(GpuStart, WithEveryGpuSetAsideJobsWaitAndTheDaemonIsNotReady) {
  start(echo_model() + "[gpus.0]\nenabled = false\n[gpus.1]\nslots = 0\n");
  EXPECT_EQ(daemon_->lines_with("WARN: No GPU has room for any job").size(), 1U);
  EXPECT_TRUE(daemon_->says("Resource manager initialized: 0 total slots across 2 GPUs"));
  const HttpAnswer ready = api().get("/readyz");
  EXPECT_EQ(ready.status, 503);
  EXPECT_THAT(text_at(ready.json(), "message"), HasSubstr("no GPU has room for any job"));
  EXPECT_EQ(api().get("/healthz").status, 200);

  const std::string id = api().submit(recording("x"));
  EXPECT_TRUE(daemon_->says("WARN: Job " + id + " steps aside"));
  EXPECT_EQ(api().state(id), "queued");
  EXPECT_THAT(api().reason(id), HasSubstr("no_gpu_fits: no GPU has room for any job"));
  EXPECT_EQ(number_at(api().get("/api/resources").json(), "pending_jobs"), 1);
  EXPECT_EQ(text_at(api().cancel(id).json(), "state"), "cancelled");
  EXPECT_EQ(number_at(api().get("/api/resources").json(), "pending_jobs"), 0);
  stop();
}

TEST_F(GpuStart, AJobThatNoGpuCanHoldStepsAsideForTheNext) {
  start(echo_model() + engines_.command_model("huge", "vram_mb = 20000"),
        {"--default-model", "echo"});
  const std::string huge = api().submit(recording("x"), {{"model", "huge"}});
  const std::string next = api().submit(recording("y"));
  EXPECT_EQ(text_at(api().wait_for(next, "completed"), "state"), "completed");
  EXPECT_EQ(api().reason(huge),
            "no_gpu_fits: no GPU can hold this job: it needs 20.0 GB of VRAM, the largest GPU has "
            "room for 10.2 GB");
  EXPECT_EQ(number_at(api().get("/api/resources").json(), "pending_jobs"), 1);
  EXPECT_EQ(api().get("/readyz").status, 200);
  stop();
}

}  // namespace
}  // namespace transcribed::tests
