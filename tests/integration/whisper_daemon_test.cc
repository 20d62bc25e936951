// Whisper behind the real daemon: from an upload to its text, with several jobs in one process.
#include <fstream>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "tests/integration/whisper_daemon_fixture.h"

namespace transcribed::tests {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::SizeIs;

TEST_F(WhisperDaemon, FiveJobsInTwoProcessesGiveTheSameWords) {
  start_micro();
  const auto ids = submit(say("red green blue yellow white black"), 5);
  EXPECT_THAT(texts(ids), Each("red green blue yellow white black\n"));
  EXPECT_EQ(daemon_->lines_with("Model micro loaded").size(), 2U) << "one process a GPU";
  const boost::json::object first =
      api().get("/api/resources").json().at("gpus").as_array()[0].as_object();
  const boost::json::object loaded = first.at("loaded").as_array().at(0).as_object();
  EXPECT_EQ(text_at(loaded, "model"), "micro");
  EXPECT_FALSE(text_at(loaded, "device").empty());
  stop();
}

TEST_F(WhisperDaemon, AKilledProcessCostsItsJobsAnAttemptAndNoText) {
  start_micro("[gpus.1]\nenabled = false\n");
  const std::string audio = say("left right up down open close", 4);
  const std::vector<std::string> undisturbed = texts(submit(audio, 1));
  const auto ids = submit(audio, 3);
  for (const std::string& id : ids) api().wait_for(id, "running");
  const std::vector<pid_t> running = engines();
  ASSERT_THAT(running, SizeIs(1)) << "three jobs share it";
  ASSERT_EQ(::kill(running.front(), SIGKILL), 0);
  EXPECT_THAT(texts(ids), Each(undisturbed.front()));
  for (const std::string& id : ids) {
    const boost::json::object job = api().job(id);
    EXPECT_EQ(number_at(job, "attempt"), 2) << boost::json::serialize(job);
  }
  stop();
}

TEST_F(WhisperDaemon, ACancelEndsOneJobOfAProcessAndNoOther) {
  start_micro("[gpus.1]\nenabled = false\n");
  const std::string audio = say("left right up down open close", 4);
  const std::vector<std::string> undisturbed = texts(submit(audio, 1));
  const auto ids = submit(audio, 3);
  for (const std::string& id : ids) api().wait_for(id, "running");
  ASSERT_EQ(api().cancel(ids[1]).status, 200);
  EXPECT_EQ(text_at(api().wait_for(ids[1], "cancelled"), "state"), "cancelled");
  EXPECT_THAT(texts({ids[0], ids[2]}), Each(undisturbed.front()));
  EXPECT_EQ(daemon_->lines_with("Model micro loaded").size(), 1U) << "the process went on";
  stop();
}

TEST_F(WhisperDaemon, AModelFileCutOffIsRefusedWithWordsAndStopsNothing) {
  const std::string whole = bytes_of(micro());
  const std::string cut = (folder_.path() / "cut.bin").string();
  std::ofstream(cut, std::ios::binary) << whole.substr(0, whole.size() / 2);
  start_micro("[models.cut]\nengine = \"whisper\"\nfile = \"" + cut + "\"\n");
  const std::string audio = say("when is the meeting");
  const boost::json::object job = api().wait_for(api().submit(audio, {{"model", "cut"}}), "failed");
  ASSERT_EQ(text_at(job, "state"), "failed") << boost::json::serialize(job);
  EXPECT_THAT(text_at(job.at("error").as_object(), "message"), HasSubstr("cut"));
  EXPECT_THAT(texts(submit(audio, 1)), Each("when is the meeting\n"));
  stop();
}

}  // namespace
}  // namespace transcribed::tests
