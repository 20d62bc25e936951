// What the real daemon tells of its jobs, to readers that stay and to readers that come back.
#include <fstream>
#include <future>

#include "tests/fakes/event_client.h"
#include "tests/integration/daemon_fixture.h"

namespace transcribed::tests {
namespace {

using fakes::EventClient;
using fakes::SseEvent;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Events : public DaemonTest {
 protected:
  EventClient follow(const std::string& target = "/api/events?types=job,progress,segment,removed",
                     const std::string& last_id = {}) {
    return EventClient(daemon_->port(), target, last_id);
  }
  // A word an event: a job's state and why it waits, or the event's name.
  static std::string word(const SseEvent& event) {
    if (event.name != "job") return event.name;
    const auto job = event.json();
    std::string text = text_at(job, "state");
    if (const auto* reason = job.at("reason").if_object()) {
      text += " (" + text_at(*reason, "code") + ")";
    }
    return text;
  }
  static std::vector<std::string> read_to_end_of(EventClient& reader, const std::string& id) {
    std::vector<std::string> story;
    while (const auto event = reader.next()) {
      if (text_at(event->json(), "id") != id) continue;
      story.push_back(word(*event));
      if (story.back() == "completed" || story.back() == "failed") break;
    }
    return story;
  }
  // Asserted with the last event's data, which the API would have answered at that moment.
  std::string api_job(const std::string& id) {
    std::string body = api().get("/api/jobs/" + id).body;
    body.pop_back();
    return body;
  }
};

TEST_F(Events, TellAJobsLifeWithACommand) {
  start(engines_.command_model("held"));
  auto reader = follow();
  reader.wait_for_place();
  const std::string id = api().submit(recording("x"));
  engines_.let_pass();
  EXPECT_THAT(read_to_end_of(reader, id),
              ElementsAre("queued (starting)", "running", "segment", "completed"));
  stop();
}

TEST_F(Events, TellAJobsLifeWithAWorker) {
  start(engines_.worker_model("puppet"));
  auto reader = follow();
  reader.wait_for_place();
  const std::string id = api().submit(recording("hello"));
  EXPECT_THAT(read_to_end_of(reader, id),
              ElementsAre("queued (starting)", "running (starting)", "running", "segment",
                          "progress", "completed"));
  const std::string warm = api().submit(recording("again"));
  EXPECT_THAT(read_to_end_of(reader, warm),
              ElementsAre("queued (starting)", "running", "segment", "progress", "completed"));
  stop();
}

TEST_F(Events, SayWhatTheApiSays) {
  start(engines_.command_model("held"));
  auto reader = follow("/api/events?types=job");
  reader.wait_for_place();
  const std::string id = api().submit(recording("x"));
  EXPECT_EQ(text_at(reader.next()->json(), "state"), "queued");
  ASSERT_TRUE(engines_.saw("start", 1));
  EXPECT_EQ(reader.next()->data, api_job(id));
  engines_.let_pass();
  EXPECT_EQ(reader.next()->data, api_job(id));
  EXPECT_EQ(api().remove("/api/jobs/" + id).status, 200);
  auto removed = follow("/api/events?types=removed", reader.last_id());
  EXPECT_EQ(removed.next()->data, R"({"id":")" + id + "\"}");
  stop();
}

TEST_F(Events, AJobThatIsLostIsToldOfAgain) {
  start(engines_.worker_model("puppet"));
  auto reader = follow("/api/events?types=job");
  reader.wait_for_place();
  const std::string id = api().submit(recording("crash,done"));
  auto story = read_to_end_of(reader, id);
  ASSERT_GE(story.size(), 5U);
  EXPECT_THAT(story.front(), "queued (starting)");
  EXPECT_EQ(story.back(), "completed");
  // The second time in line; the process may have died before or after it was told of the job.
  EXPECT_EQ(std::ranges::count_if(story,
                                  [](const std::string& one) { return one.starts_with("queued"); }),
            2);
  stop();
}

TEST_F(Events, TellOfTheMachine) {
  start(engines_.command_model("held"));
  auto reader = follow("/api/events?types=resources");
  const auto first = reader.next();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->json().at("gpus").as_array().size(), 2U);
  const std::string id = api().submit(recording("x"));
  while (number_at(reader.next()->json(), "running_jobs") != 1) {
  }
  engines_.let_pass();
  while (number_at(reader.next()->json(), "running_jobs") != 0) {
  }
  stop();
}

TEST_F(Events, AReaderThatKeepsComingBackMissesNothingAndGetsNothingTwice) {
  start(engines_.command_model("held"));
  auto steady = follow();
  steady.wait_for_place();
  std::string place = steady.last_id();
  constexpr int jobs = 40;
  constexpr std::size_t events = jobs * 4;
  for (int i = 0; i < jobs; ++i) {
    api().submit(recording("number " + std::to_string(i)));
    engines_.let_pass();
  }
  std::vector<std::string> without_break;
  std::vector<std::string> with_breaks;
  // Each time a little more than the last, and then away in the middle of it.
  for (std::size_t more = 1; with_breaks.size() < events; ++more) {
    auto reader = follow("/api/events?types=job,progress,segment,removed", place);
    for (std::size_t i = 0; i < more && with_breaks.size() < events; ++i) {
      const auto event = reader.next();
      ASSERT_TRUE(event);
      with_breaks.push_back(event->id + " " + event->data);
    }
    place = reader.last_id();
  }
  while (without_break.size() < events) {
    const auto event = steady.next();
    ASSERT_TRUE(event);
    without_break.push_back(event->id + " " + event->data);
  }
  EXPECT_EQ(with_breaks, without_break);
  stop();
}

TEST_F(Events, AnotherRunOfTheDaemonIsAReset) {
  start(engines_.command_model("held"));
  std::string place;
  {
    auto reader = follow();
    reader.wait_for_place();
    place = reader.last_id();
  }
  stop();
  start_again();
  auto reader = follow("/api/events", place);
  EXPECT_EQ(reader.next()->name, "reset");
  stop();
}

TEST_F(Events, OneJobsStreamLastsAsLongAsTheJob) {
  start(engines_.command_model("held"));
  const std::string id = api().submit(recording("x"));
  ASSERT_TRUE(engines_.saw("start", 1));
  auto reader = follow("/api/jobs/" + id + "/events");
  EXPECT_EQ(reader.next()->data, api_job(id));
  engines_.let_pass();
  const auto segment = reader.next("segment");
  EXPECT_THAT(segment.data, HasSubstr("heard x"));
  EXPECT_EQ(reader.next("job").data, api_job(id));
  EXPECT_EQ(reader.next(), std::nullopt);
  EXPECT_EQ(follow("/api/jobs/" + id + "/events", reader.last_id()).head().status, 204);

  auto late = follow("/api/jobs/" + id + "/events");
  EXPECT_EQ(late.next()->data, api_job(id));
  EXPECT_EQ(late.next()->data, segment.data);
  EXPECT_EQ(late.next(), std::nullopt);
  stop();
}

TEST_F(Events, StreamsEndWithTheDaemonAfterItsLastWord) {
  start(engines_.command_model("held"), {"--drain-timeout-s", "0"});
  const std::string id = api().submit(recording("x"));
  ASSERT_TRUE(engines_.saw("start", 1));
  auto reader = follow("/api/events?types=job");
  reader.wait_for_place();
  stop();
  const auto last = reader.next();
  ASSERT_TRUE(last);
  EXPECT_EQ(word(*last), "queued (draining)");
  EXPECT_EQ(reader.next(), std::nullopt);
}

TEST_F(Events, ALowSoftLimitOnOpenFilesHoldsForEnginesAndNotForReaders) {
  setup_.open_files_soft = 64;
  setup_.open_files_hard = 4096;
  start(
      "[models.limits]\nengine = \"command\"\n"
      "command = [\"/bin/sh\", \"-c\", \"ulimit -Sn\", \"{audio}\"]\n");
  std::vector<std::unique_ptr<EventClient>> readers;
  for (int i = 0; i < 100; ++i) {
    readers.push_back(std::make_unique<EventClient>(daemon_->port()));
    ASSERT_EQ(readers.back()->head().status, 200);
  }
  const std::string id = api().submit(recording("x"));
  api().wait_for(id, "completed");
  EXPECT_EQ(api().transcript(id, "txt"), "64\n");
  EXPECT_TRUE(daemon_->says("leaves room for 3328 readers of events"));
  readers.clear();
  stop();
}

}  // namespace
}  // namespace transcribed::tests
