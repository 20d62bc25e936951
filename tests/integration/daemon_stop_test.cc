// SIGTERM, SIGINT and the drain.
#include <boost/json/array.hpp>

#include "tests/integration/daemon_fixture.h"

namespace transcribed::tests {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class DaemonStop : public DaemonTest {
 protected:
  std::string submit_and_see_it_run(const std::string& content = "x") {
    const std::size_t before = engines_.entries("start").size();
    const std::string id = api().submit(recording(content));
    EXPECT_TRUE(engines_.saw("start", before + 1));
    return id;
  }
  void expect_gone_in_order() {
    EXPECT_EQ(daemon_->wait(), 0);
    EXPECT_TRUE(nothing_left_of(data_folder()));
    EXPECT_TRUE(daemon_->says("INFO: Stopped"));
  }
  // After an interruption, the next daemon runs it to its end.
  void expect_resumed(const std::string& id) {
    start_again();
    engines_.let_pass();
    const boost::json::object job = api().wait_for(id, "completed");
    EXPECT_EQ(text_at(job, "state"), "completed");
    EXPECT_EQ(number_at(job, "attempt"), 2);
    EXPECT_THAT(job.at("lost_attempts").as_array(), IsEmpty()) << "a stop is nobody's fault";
    stop();
  }
};

TEST_F(DaemonStop, ADrainFinishesWhatRunsAndTakesNothingNew) {
  start(engines_.command_model("held"));
  const std::string id = submit_and_see_it_run("last words");
  daemon_->signal(SIGTERM);
  ASSERT_TRUE(daemon_->says("INFO: Draining: 1 running job may finish within 30 s"));

  const HttpAnswer refused = api().post("/api/jobs", {{"path", recording("y")}});
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.code(), "draining");
  EXPECT_EQ(api().upload("a.wav", "bytes").status, 503);
  EXPECT_EQ(api().get("/readyz").status, 503);
  EXPECT_EQ(api().get("/healthz").status, 200);
  EXPECT_EQ(api().state(id), "running");

  engines_.let_pass();
  expect_gone_in_order();
  EXPECT_TRUE(daemon_->says("INFO: Job " + id + " completed, GPU 0 slot released (0/3 now used)"));
  start_again();
  EXPECT_EQ(api().state(id), "completed");
  EXPECT_EQ(api().transcript(id, "txt"), "heard last words\n");
  stop();
}

TEST_F(DaemonStop, WhatWaitsWhileDrainingRunsAfterTheNextStart) {
  start(engines_.command_model("held") + "[gpus.0]\nslots = 1\n[gpus.1]\nenabled = false\n");
  const std::string running = submit_and_see_it_run();
  const std::string waiting = api().submit(recording("y"));
  daemon_->signal(SIGTERM);
  ASSERT_TRUE(daemon_->says("Draining"));
  EXPECT_THAT(api().reason(waiting), HasSubstr("draining: "));
  engines_.let_pass();
  expect_gone_in_order();
  EXPECT_EQ(engines_.entries("start").size(), 1U) << "the free slot was given away in a drain";
  start_again();
  engines_.let_pass();
  EXPECT_EQ(number_at(api().wait_for(waiting, "completed"), "attempt"), 1);
  EXPECT_EQ(api().state(running), "completed");
  stop();
}

TEST_F(DaemonStop, TheNextDaemonMayStartDuringTheDrainAndWaitsForItsEnd) {
  start(engines_.command_model("held"));
  const std::string id = submit_and_see_it_run();
  daemon_->signal(SIGTERM);
  ASSERT_TRUE(daemon_->says("Draining"));
  DaemonProcess next(setup_);
  ASSERT_TRUE(next.says("is in use by transcribed, pid "));
  EXPECT_TRUE(next.says("waiting for it"));
  engines_.let_pass();
  EXPECT_EQ(daemon_->wait(), 0);
  EXPECT_EQ(ApiClient(next.port()).state(id), "completed");
  next.signal(SIGTERM);
  EXPECT_EQ(next.wait(), 0);
}

TEST_F(DaemonStop, WhatIsNotDoneWithinTheLimitIsRequeuedAndRunsAfterTheNextStart) {
  start(engines_.command_model("held"), {"--drain-timeout-s", "1"});
  const std::string id = submit_and_see_it_run();
  daemon_->signal(SIGTERM);
  expect_gone_in_order();
  EXPECT_TRUE(daemon_->says("INFO: Job " + id + " requeued, GPU 0 slot released (0/3 now used)"));
  expect_resumed(id);
}

TEST_F(DaemonStop, ASecondSigtermStopsAtOnce) {
  start(engines_.command_model("held"), {"--drain-timeout-s", "86400"});
  const std::string id = submit_and_see_it_run();
  daemon_->signal(SIGTERM);
  ASSERT_TRUE(daemon_->says("Draining"));
  daemon_->signal(SIGTERM);
  expect_gone_in_order();
  expect_resumed(id);
}

TEST_F(DaemonStop, CtrlCDrainsAndASecondOneStopsAtOnce) {
  start(engines_.command_model("held"), {"--drain-timeout-s", "86400"});
  const std::string id = submit_and_see_it_run();
  daemon_->signal(SIGINT);
  ASSERT_TRUE(daemon_->says("Draining"));
  EXPECT_EQ(api().get("/readyz").status, 503);
  daemon_->signal(SIGINT);
  expect_gone_in_order();
  expect_resumed(id);
}

TEST_F(DaemonStop, ATerminalThatClosesDrainsUnlessItIsToldToStay) {
  start(engines_.command_model("held"), {"--drain-timeout-s", "86400"});
  const std::string id = submit_and_see_it_run();
  daemon_->signal(SIGHUP);
  ASSERT_TRUE(daemon_->says("Draining"));
  engines_.let_pass();
  expect_gone_in_order();

  // As nohup starts it.
  const auto before = ::signal(SIGHUP, SIG_IGN);
  start_again();
  ::signal(SIGHUP, before);
  EXPECT_EQ(api().state(id), "completed");
  daemon_->signal(SIGHUP);
  EXPECT_EQ(api().get("/readyz").status, 200);
  stop();
  EXPECT_THAT(daemon_->lines_with("Draining"), ::testing::SizeIs(1)) << "by SIGTERM";
}

TEST_F(DaemonStop, AWorkersJobMayFinishAndTheWorkerEndsWithTheDaemon) {
  start(engines_.worker_model("puppet"));
  const std::string id = submit_and_see_it_run("gate");
  daemon_->signal(SIGTERM);
  ASSERT_TRUE(daemon_->says("Draining"));
  engines_.let_pass();
  expect_gone_in_order();
  start_again();
  EXPECT_EQ(api().state(id), "completed");
  stop();
}

TEST_F(DaemonStop, AnEngineDeafToSigtermDoesNotHoldUpAStop) {
  start(engines_.worker_model("puppet"), {"--drain-timeout-s", "0"});
  submit_and_see_it_run("deaf");
  daemon_->signal(SIGTERM);
  expect_gone_in_order();
}

TEST_F(DaemonStop, WarmWorkersDoNotHoldUpAStop) {
  start(engines_.worker_model("puppet"), {"--drain-timeout-s", "86400"});
  api().wait_for(api().submit(recording("done")), "completed");
  daemon_->signal(SIGTERM);
  expect_gone_in_order();
}

TEST_F(DaemonStop, AnIdleDaemonStopsAtOnce) {
  start("", {"--drain-timeout-s", "86400"});
  daemon_->signal(SIGTERM);
  expect_gone_in_order();
  EXPECT_TRUE(daemon_->says("INFO: Draining: nothing runs"));
}

}  // namespace
}  // namespace transcribed::tests
