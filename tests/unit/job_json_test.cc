#include "wire/job_json.h"

#include <gtest/gtest.h>

#include "wire/json_text.h"
#include <limits>


namespace transcribed {
namespace {

TEST(Rfc3339, IsUtcWithMilliseconds) {
  EXPECT_EQ(wire::to_rfc3339(core::WallTime{core::Milliseconds{0}}), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(wire::to_rfc3339(core::WallTime{core::Milliseconds{1'785'622'503'120}}),
            "2026-08-01T22:15:03.120Z");
}

TEST(JsonText, WritesNumbersAsPeopleDo) {
  const boost::json::value value = {{"a", 0.0}, {"b", 0.25}, {"c", 7.1}, {"d", 3}, {"e", {1e300, nullptr, "x\"y"}}};
  const std::string text = wire::to_text(value);
  EXPECT_EQ(text, R"({"a":0,"b":0.25,"c":7.1,"d":3,"e":[1e+300,null,"x\"y"]})");
  EXPECT_EQ(wire::to_text(std::numeric_limits<double>::infinity()), "null");
}

TEST(JobJson, HasTheContractsNames) {
  core::Job job;
  job.id = {7};
  job.model = "medium";
  job.name = "a.wav";
  const auto json = wire::to_json(job, 0.5, core::Reason{"slots_busy", "all 5 slots busy"});
  for (const char* key : {"id", "state", "model", "name", "created_at", "started_at", "ended_at",
                          "attempt", "gpu_id", "progress", "audio_seconds", "reason", "error"}) {
    EXPECT_TRUE(json.contains(key)) << key;
  }
  EXPECT_EQ(json.at("state").as_string(), "queued");
  EXPECT_TRUE(json.at("started_at").is_null());
  EXPECT_TRUE(json.at("error").is_null());
  EXPECT_EQ(json.at("reason").at("code").as_string(), "slots_busy");
}

TEST(JobJson, AFailedJobSaysWhyAndEachLostAttempt) {
  core::Job job;
  job.state = core::JobState::failed;
  job.failure = core::Failure{core::FailureKind::engine_crashed, "gave up"};
  job.lost = {{1, {core::FailureKind::engine_hung, "no word"}}};
  const auto json = wire::to_json(job, 0, std::nullopt);
  EXPECT_EQ(json.at("error").at("kind").as_string(), "engine_crashed");
  EXPECT_EQ(json.at("lost_attempts").at(0).at("message").as_string(), "no word");
  EXPECT_TRUE(json.at("reason").is_null());
}

}  // namespace
}  // namespace transcribed
