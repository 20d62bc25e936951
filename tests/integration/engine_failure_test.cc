// Engines that crash, hang, flood, babble and fork: each costs its job or its attempt, never the
// daemon or a slot.
#include <csignal>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "tests/integration/daemon_fixture.h"

namespace transcribed::tests {
namespace {

using ::testing::HasSubstr;

// Short, but enough for a worker to start on a machine that is busy otherwise.
constexpr const char* short_silence = "silence_timeout_s = 3";

class EngineFailure : public DaemonTest {
 protected:
  boost::json::object run(const std::string& recording_says) {
    return api().wait_for(api().submit(recording(recording_says)), "completed");
  }
  // The failure of the only attempt that was lost.
  static boost::json::object lost(const boost::json::object& job) {
    const boost::json::array& all = job.at("lost_attempts").as_array();
    EXPECT_EQ(all.size(), 1U);
    return all.empty() ? boost::json::object{} : all[0].as_object();
  }
  // An attempt lost in a way that the next one does not repeat.
  void expect_recovery(const std::string& word, const std::string& kind,
                       const std::string& message) {
    const boost::json::object job = run(word + ",done");
    const std::string id = text_at(job, "id");
    EXPECT_EQ(text_at(job, "state"), "completed") << boost::json::serialize(job);
    EXPECT_EQ(number_at(job, "attempt"), 2);
    const boost::json::object failure = lost(job);
    EXPECT_EQ(number_at(failure, "attempt"), 1);
    EXPECT_EQ(text_at(failure, "kind"), kind);
    EXPECT_THAT(text_at(failure, "message"), HasSubstr(message));
    EXPECT_EQ(api().transcript(id, "txt"), "heard done\n") << "of the attempt that completed only";
    EXPECT_TRUE(daemon_->says("Job " + id + " requeued, GPU 0 slot released (0/3 now used)"));
    EXPECT_TRUE(daemon_->says("Job " + id + " completed, GPU 0 slot released (0/3 now used)"));
    EXPECT_EQ(api().slots_used(), 0);
    stop();
  }
};

TEST_F(EngineFailure, AWarmWorkerIsReused) {
  start(engines_.worker_model("puppet"));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(text_at(run("done"), "state"), "completed");
  const std::vector<LedgerEntry> started = engines_.entries("start");
  ASSERT_EQ(started.size(), 3U);
  EXPECT_EQ(started[0].pid, started[1].pid);
  EXPECT_EQ(started[0].pid, started[2].pid);
  stop();
}

TEST_F(EngineFailure, ACrashedWorkersJobRunsAgain) {
  start(engines_.worker_model("puppet"));
  expect_recovery("crash", "engine_crashed", "SIGKILL");
}

TEST_F(EngineFailure, AWorkerKilledFromOutsideLosesOneAttempt) {
  start(engines_.worker_model("puppet"));
  const std::string id = api().submit(recording("gate"));
  ASSERT_TRUE(engines_.saw("start", 1));
  ::kill(engines_.entries("start")[0].pid, SIGKILL);
  ASSERT_TRUE(engines_.saw("start", 2));
  engines_.let_pass();
  const boost::json::object job = api().wait_for(id, "completed");
  EXPECT_EQ(number_at(job, "attempt"), 2);
  EXPECT_EQ(text_at(lost(job), "kind"), "engine_crashed");
  EXPECT_NE(engines_.entries("start")[0].pid, engines_.entries("start")[1].pid);
  stop();
}

TEST_F(EngineFailure, ACommandKilledFromOutsideRunsAgain) {
  start(engines_.command_model("held"));
  const std::string id = api().submit(recording("words"));
  ASSERT_TRUE(engines_.saw("start", 1));
  ::kill(engines_.entries("start")[0].pid, SIGKILL);
  ASSERT_TRUE(engines_.saw("start", 2));
  engines_.let_pass();
  const boost::json::object job = api().wait_for(id, "completed");
  EXPECT_EQ(number_at(job, "attempt"), 2);
  EXPECT_EQ(text_at(lost(job), "kind"), "engine_crashed");
  EXPECT_TRUE(engines_.entries("twice").empty()) << "its first try was gone before the second";
  stop();
}

TEST_F(EngineFailure, AWorkerThatSaysNothingIsEndedAndItsJobRunsAgain) {
  start(engines_.worker_model("puppet", short_silence));
  expect_recovery("hang", "engine_hung", "no word from the engine for 3 s");
}

TEST_F(EngineFailure, AHangingWorkerDeafToSigtermIsKilled) {
  start(engines_.worker_model("puppet", short_silence));
  expect_recovery("deaf", "engine_hung", "no word from the engine for 3 s");
}

TEST_F(EngineFailure, AnEndlessLineEndsTheWorker) {
  start(engines_.worker_model("puppet"));
  expect_recovery("long_line", "engine_protocol", "a line of more than");
}

TEST_F(EngineFailure, AFloodOfMessagesEndsTheWorker) {
  start(engines_.worker_model("puppet"));
  expect_recovery("flood", "engine_protocol", "more than 64 MB");
}

TEST_F(EngineFailure, NonsenseEndsTheWorker) {
  start(engines_.worker_model("puppet"));
  expect_recovery("nonsense", "engine_protocol", "does not speak the protocol");
}

TEST_F(EngineFailure, OutOfMemoryCostsTheAttempt) {
  start(engines_.worker_model("puppet"));
  expect_recovery("out_of_memory", "out_of_memory", "no VRAM left on the card");
}

TEST_F(EngineFailure, ThreeLostAttemptsFailTheJobWithEachReason) {
  start(engines_.worker_model("puppet", short_silence));
  const boost::json::object job = run("crash,nonsense,hang");
  EXPECT_EQ(text_at(job, "state"), "failed");
  EXPECT_EQ(number_at(job, "attempt"), 3);
  EXPECT_EQ(job.at("lost_attempts").as_array().size(), 3U);
  EXPECT_THAT(text_at(job.at("error").as_object(), "message"),
              AllOf(HasSubstr("3 lost attempts"), HasSubstr("attempt 1: the engine was ended by"),
                    HasSubstr("attempt 2: the engine does not speak"),
                    HasSubstr("attempt 3: no word from the engine")));
  EXPECT_TRUE(daemon_->says("Job " + text_at(job, "id") + " failed, GPU 0 slot released"));
  // A retry begins anew, and goes on counting.
  const std::string id = text_at(job, "id");
  EXPECT_EQ(api().retry(id).status, 200);
  const boost::json::object again = api().wait_for(id, "completed");
  EXPECT_EQ(text_at(again, "state"), "failed") << "still the recording that hangs";
  EXPECT_EQ(number_at(again, "attempt"), 6);
  EXPECT_EQ(again.at("lost_attempts").as_array().size(), 3U);
  EXPECT_EQ(api().slots_used(), 0);
  stop();
}

TEST_F(EngineFailure, AWorkersVerdictIsFinal) {
  start(engines_.worker_model("puppet"));
  const boost::json::object job = run("fail");
  EXPECT_EQ(text_at(job, "state"), "failed");
  EXPECT_EQ(number_at(job, "attempt"), 1);
  EXPECT_EQ(text_at(job.at("error").as_object(), "message"), "I do not want to");
  stop();
}

TEST_F(EngineFailure, AFailedCommandTellsTheEndOfItsStandardError) {
  start(
      "[models.c]\nengine = \"command\"\n"
      "command = [\"/bin/sh\", \"-c\", \"echo no such codec >&2; exit 3\", \"{audio}\"]\n");
  const boost::json::object job = run("x");
  EXPECT_EQ(text_at(job, "state"), "failed");
  EXPECT_EQ(text_at(job.at("error").as_object(), "kind"), "command_failed");
  EXPECT_THAT(text_at(job.at("error").as_object(), "message"),
              AllOf(HasSubstr("exit status 3"), HasSubstr("no such codec")));
  stop();
}

TEST_F(EngineFailure, ACommandThatIsNotThereFailsItsJobAndSaysSo) {
  start("[models.c]\nengine = \"command\"\ncommand = [\"/no/such/engine\", \"{audio}\"]\n");
  const boost::json::object job = run("x");
  EXPECT_EQ(text_at(job, "state"), "failed");
  EXPECT_EQ(text_at(job.at("error").as_object(), "kind"), "model_missing");
  EXPECT_THAT(text_at(job.at("error").as_object(), "message"), HasSubstr("/no/such/engine"));
  EXPECT_EQ(api().slots_used(), 0);
  stop();
}

TEST_F(EngineFailure, GrandchildrenInOtherSessionsEndWithTheirJob) {
  start(engines_.forking_model("forking"));
  const std::string id = api().submit(recording("words"));
  ASSERT_TRUE(engines_.saw("start", 1));
  // The command, what it waits with, and what it left in other sessions.
  ASSERT_TRUE(eventually([&] { return processes_of(data_folder()).size() >= 5; }));
  engines_.let_pass();
  ASSERT_EQ(text_at(api().wait_for(id, "completed"), "state"), "completed");
  EXPECT_TRUE(processes_of(data_folder()).empty()) << "the slot came back before they were gone";
  EXPECT_EQ(api().transcript(id, "txt"), "heard words\n");
  stop();
}

}  // namespace
}  // namespace transcribed::tests
