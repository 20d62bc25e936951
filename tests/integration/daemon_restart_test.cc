// kill -9 of the daemon, and what the next one finds.
#include <boost/json/array.hpp>

#include "tests/integration/daemon_fixture.h"

namespace transcribed::tests {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class DaemonRestart : public DaemonTest {};

TEST_F(DaemonRestart, AfterAKillWhatRanRunsAgainAndWhatWaitedFollows) {
  start(engines_.command_model("held"));
  std::vector<std::string> ran;
  for (std::size_t i = 1; i <= 5; ++i) {
    ran.push_back(api().submit(recording("ran " + std::to_string(i))));
    ASSERT_TRUE(engines_.saw("start", i));
  }
  // Once these are acknowledged, everything before them is on disk.
  std::vector<std::string> waited;
  for (int i = 0; i < 3; ++i) waited.push_back(api().submit(recording("waited")));
  const boost::json::object before = api().job(ran[0]);
  daemon_->kill();
  EXPECT_TRUE(nothing_left_of(data_folder())) << "an engine survived the daemon";

  start_again();
  EXPECT_TRUE(daemon_->says("3 queued jobs found, going on"));
  for (const std::string& id : ran) {
    EXPECT_TRUE(
        daemon_->says("WARN: Job " + id + " was running when the last daemon ended: requeued"));
  }
  ASSERT_TRUE(engines_.saw("start", 10));
  engines_.let_pass(8);
  for (const std::string& id : ran) {
    const boost::json::object job = api().wait_for(id, "completed");
    EXPECT_EQ(text_at(job, "state"), "completed");
    EXPECT_EQ(number_at(job, "attempt"), 2);
    ASSERT_EQ(job.at("lost_attempts").as_array().size(), 1U);
    const boost::json::object lost = job.at("lost_attempts").as_array()[0].as_object();
    EXPECT_EQ(number_at(lost, "attempt"), 1);
    EXPECT_EQ(text_at(lost, "kind"), "daemon_lost");
    EXPECT_THAT(text_at(lost, "message"), HasSubstr("daemon ended"));
  }
  for (const std::string& id : waited) {
    const boost::json::object job = api().wait_for(id, "completed");
    EXPECT_EQ(number_at(job, "attempt"), 1);
    EXPECT_THAT(job.at("lost_attempts").as_array(), IsEmpty());
  }
  EXPECT_EQ(text_at(api().job(ran[0]), "created_at"), text_at(before, "created_at"));
  EXPECT_EQ(api().transcript(ran[4], "txt"), "heard ran 5\n");
  EXPECT_TRUE(engines_.entries("twice").empty());
  // What was interrupted keeps its place before what waited.
  const std::vector<LedgerEntry> started = engines_.entries("start");
  for (std::size_t i = 5; i < 10; ++i) {
    EXPECT_THAT(ran, ::testing::Contains(started[i].job)) << i;
  }
  stop();
}

TEST_F(DaemonRestart, AWorkerAndItsJobGoWithAKilledDaemon) {
  start(engines_.worker_model("puppet"));
  const std::string id = api().submit(recording("gate"));
  ASSERT_TRUE(engines_.saw("start", 1));
  api().submit(recording("done"));
  daemon_->kill();
  EXPECT_TRUE(nothing_left_of(data_folder()));
  start_again();
  engines_.let_pass();
  EXPECT_EQ(number_at(api().wait_for(id, "completed"), "attempt"), 2);
  EXPECT_TRUE(engines_.entries("twice").empty());
  stop();
}

TEST_F(DaemonRestart, GrandchildrenInOtherSessionsGoWithAKilledDaemon) {
  start(engines_.forking_model("forking"));
  api().submit(recording("x"));
  ASSERT_TRUE(engines_.saw("start", 1));
  ASSERT_TRUE(eventually([&] { return processes_of(data_folder()).size() >= 5; }));
  daemon_->kill();
  EXPECT_TRUE(nothing_left_of(data_folder()));
}

TEST_F(DaemonRestart, FinishedJobsAndTheirTranscriptsSurviveAKill) {
  start(engines_.command_model("held"));
  engines_.let_pass(2);
  const std::string done = api().submit(recording("words that stay"));
  const boost::json::object before = api().wait_for(done, "completed");
  const std::string cancelled = api().submit(recording("x"));
  api().wait_for(cancelled, "completed");
  daemon_->kill();
  start_again();
  EXPECT_EQ(api().job(done), before);
  EXPECT_EQ(api().transcript(done, "txt"), "heard words that stay\n");
  EXPECT_EQ(engines_.entries("start").size(), 2U) << "a finished job ran again";
  stop();
}

TEST_F(DaemonRestart, ASecondDaemonOnTheSameFolderIsRefused) {
  start(engines_.command_model("held"));
  const std::string id = api().submit(recording("x"));
  ASSERT_TRUE(engines_.saw("start", 1));
  DaemonProcess second(setup_);
  EXPECT_EQ(second.wait(), 1);
  EXPECT_THAT(second.log(), AllOf(HasSubstr("ERROR: data folder " + data_folder().string()),
                                  HasSubstr("is in use by transcribed, pid ")));
  EXPECT_THAT(second.lines_with("waiting for it"), IsEmpty()) << "nothing is worth waiting for";
  engines_.let_pass();
  EXPECT_EQ(number_at(api().wait_for(id, "completed"), "attempt"), 1) << "the first was disturbed";
  stop();
}

TEST_F(DaemonRestart, ASubmissionRightAfterTheStartIsAnsweredWithItsJob) {
  start(engines_.command_model("held"));
  for (int round = 0; round < 8; ++round) {
    const HttpAnswer answer = api().post("/api/jobs", {{"path", recording("x")}});
    ASSERT_EQ(answer.status, 201) << answer.body;
    ASSERT_EQ(text_at(answer.json(), "model"), "held") << answer.body;
    ASSERT_EQ(api().get("/api/jobs/" + text_at(answer.json(), "id")).status, 200);
    daemon_->kill();
    start_again();
  }
  daemon_->kill();
}

TEST_F(DaemonRestart, AJobWhoseModelIsGoneWaitsWithThatReason) {
  start(engines_.command_model("held") + engines_.command_model("other"),
        {"--default-model", "held"});
  const std::string id = api().submit(recording("x"), {{"model", "other"}});
  ASSERT_TRUE(engines_.saw("start", 1));
  api().submit(recording("y"));
  daemon_->kill();
  start(engines_.command_model("held"));
  EXPECT_TRUE(daemon_->says("Job " + id + " steps aside"));
  EXPECT_THAT(api().reason(id), HasSubstr("model_missing: model 'other'"));
  // It holds up nobody.
  engines_.let_pass(2);
  const std::string next = api().submit(recording("z"));
  EXPECT_EQ(text_at(api().wait_for(next, "completed"), "state"), "completed");
  EXPECT_EQ(api().state(id), "queued");
  stop();
}

}  // namespace
}  // namespace transcribed::tests
