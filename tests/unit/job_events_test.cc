// What is told of jobs and of the machine while they go through their lives, in virtual time.
#include <gmock/gmock.h>

#include <boost/json/parse.hpp>

#include "scheduler/resource_json.h"
#include "tests/fakes/scheduler_bench.h"
#include "wire/job_json.h"
#include "wire/json_text.h"

namespace transcribed {
namespace {

using namespace std::chrono_literals;
using fakes::SchedulerBench;
using scheduler::EventType;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr const char* ready =
    R"({"type":"ready","engine":"fake","version":"1","vram_mb":0,"ram_mb":10})"
    "\n";

std::string line(const std::string& type, core::JobId id, const std::string& rest = "") {
  return R"({"type":")" + type + R"(","job":")" + id.to_string() + "\"" + rest + "}\n";
}

class JobEvents : public testing::Test {
 protected:
  JobEvents() {
    box.add_worker("w");
    box.start();
  }
  void follow() {
    subscription = events().subscribe([this] { ++wakes; });
    place = events().latest();
    box.settle();  // the first event of the resources
    take();
  }
  scheduler::EventBus& events() { return box.manager->events(); }
  // Those since the last call.
  std::vector<scheduler::Event> take() {
    std::vector<scheduler::Event> out;
    while (place < events().latest()) out.push_back(events().at(++place));
    return out;
  }
  static boost::json::object json(const scheduler::Event& event) {
    return boost::json::parse(*event.json).as_object();
  }
  // A word an event: a job's state, with its reason's code where it has one.
  std::vector<std::string> story() {
    std::vector<std::string> out;
    for (const scheduler::Event& event : take()) {
      if (event.type == EventType::resources) continue;
      if (event.type != EventType::job) {
        out.emplace_back(to_string(event.type));
        continue;
      }
      const auto job = json(event);
      std::string word(job.at("state").as_string());
      if (const auto* reason = job.at("reason").if_object()) {
        word += " (" + std::string(reason->at("code").as_string()) + ")";
      }
      out.push_back(word);
    }
    return out;
  }
  std::string as_viewed(core::JobId id) {
    const scheduler::JobView view = box.view(id);
    return wire::to_text(wire::to_json(view.job, view.progress, view.reason, view.eta_s));
  }
  void print(core::JobId id, const std::string& text) {
    (void)id;
    box.launcher.last().print(text);
    box.settle();
  }
  std::optional<scheduler::JobSnapshot> snapshot(core::JobId id) {
    std::optional<scheduler::JobSnapshot> out;
    box.manager->snapshot(id, [&](auto answer) {
      if (answer) out = std::move(*answer);
    });
    box.settle();
    return out;
  }

  SchedulerBench box;
  std::unique_ptr<scheduler::EventBus::Subscription> subscription;
  std::uint64_t place = 0;
  int wakes = 0;
};

TEST_F(JobEvents, ACommandsJobFromSubmissionToItsEnd) {
  follow();
  const auto id = box.submit();
  EXPECT_THAT(story(), ElementsAre("queued (starting)", "running"));
  box.process_of(id)->print("all of it\n");
  box.exit(id);
  const auto told = take();
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].type, EventType::segment);
  EXPECT_EQ(json(told[0]).at("segment").at("id").as_int64(), 0);
  EXPECT_EQ(told[1].type, EventType::job);
  EXPECT_EQ(*told[1].json, as_viewed(id));
  EXPECT_TRUE(told[1].last);
  EXPECT_FALSE(told[0].last);
}

TEST_F(JobEvents, AWarmWorkersJobSaysOnceThatItRuns) {
  follow();
  const auto first = box.submit("w");
  EXPECT_THAT(story(), ElementsAre("queued (starting)", "running (starting)"));
  print(first, ready);
  EXPECT_THAT(story(), ElementsAre("running"));
  print(first, line("done", first, R"(,"language":"en","duration_s":12.5)"));
  EXPECT_THAT(story(), ElementsAre("completed"));
  box.submit("w");
  EXPECT_THAT(story(), ElementsAre("queued (starting)", "running"));
}

TEST_F(JobEvents, SegmentsAreToldAsTheyComeAndNotAgainAtTheEnd) {
  follow();
  const auto id = box.submit("w");
  print(id, ready);
  print(id, line("segment", id, R"(,"id":0,"start":0,"end":1.5,"text":" one")"));
  print(id, line("segment", id, R"(,"id":1,"start":1.5,"end":2,"text":" two")"));
  const auto told = take();
  ASSERT_EQ(told.size(), 5U);
  EXPECT_EQ(*told[3].json, R"({"id":")" + id.to_string() +
                               R"(","segment":{"id":0,"start":0,"end":1.5,"text":" one"}})");
  EXPECT_EQ(told[4].job, id);
  print(id, line("done", id, R"(,"language":"en","duration_s":2)"));
  EXPECT_THAT(story(), ElementsAre("completed"));
}

TEST_F(JobEvents, ProgressIsThinnedToFourASecondAndTheLastOfItIsTold) {
  follow();
  const auto id = box.submit("w");
  print(id, ready);
  take();
  for (int i = 1; i <= 100; ++i) {
    print(id, line("progress", id, R"(,"done_s":)" + std::to_string(i) + R"(,"total_s":200)"));
    box.clock.advance(10ms);
  }
  EXPECT_THAT(story(), ElementsAre("progress", "progress", "progress", "progress", "progress"));
  print(id, line("progress", id, R"(,"done_s":101,"total_s":202)"));
  EXPECT_THAT(story(), IsEmpty());
  box.advance(250ms);
  const auto told = take();
  ASSERT_EQ(told.size(), 1U) << "what came in between is told a little later";
  EXPECT_EQ(json(told[0]).at("progress").as_double(), 0.5);
  EXPECT_EQ(json(told[0]).at("done_s").to_number<double>(), 101);
  EXPECT_EQ(json(told[0]).at("total_s").to_number<double>(), 202);
  EXPECT_NEAR(json(told[0]).at("eta_s").to_number<double>(), 0.75, 0.06);
  box.advance(10s);
  EXPECT_THAT(story(), IsEmpty());
}

TEST_F(JobEvents, AJobThatEndsTellsNoProgressAfterwards) {
  follow();
  const auto id = box.submit("w");
  print(id, ready);
  print(id, line("progress", id, R"(,"done_s":1,"total_s":2)"));
  print(id, line("progress", id, R"(,"done_s":2,"total_s":2)"));
  print(id, line("done", id, R"(,"language":"en","duration_s":2)"));
  EXPECT_EQ(story().back(), "completed");
  box.advance(10s);
  EXPECT_THAT(story(), IsEmpty());
}

TEST_F(JobEvents, TheViewSaysHowLongItStillTakes) {
  const auto id = box.submit("w");
  box.advance(60s);  // loading is not work
  print(id, ready);
  EXPECT_EQ(box.view(id).eta_s, std::nullopt);
  box.advance(10s);
  print(id, line("progress", id, R"(,"done_s":5,"total_s":20)"));
  EXPECT_EQ(box.view(id).eta_s, 30);
  box.advance(4s);
  EXPECT_EQ(box.view(id).eta_s, 26);
  print(id, line("done", id, R"(,"language":"en","duration_s":20)"));
  EXPECT_EQ(box.view(id).eta_s, std::nullopt);
}

TEST_F(JobEvents, CancelRetryAndRemovalAreTold) {
  follow();
  const auto running = box.submit_many(5);
  take();
  const auto waiting = box.submit();
  EXPECT_THAT(story(), ElementsAre("queued (slots_busy)"));
  box.cancel(waiting);
  auto told = take();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(*told[0].json, as_viewed(waiting));
  EXPECT_TRUE(told[0].last);

  box.retry(waiting);
  EXPECT_THAT(story(), ElementsAre("queued (starting)"));
  box.cancel(running[0]);
  EXPECT_THAT(story(), ElementsAre("running (cancelling)"));
  box.process_of(running[0])->die(15);
  box.settle();
  // The next one starts before the end is on disk.
  EXPECT_THAT(story(), ElementsAre("running", "cancelled"));

  box.manager->remove(running[0], [](auto) {});
  box.settle();
  told = take();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].type, EventType::removed);
  EXPECT_EQ(*told[0].json, R"({"id":")" + running[0].to_string() + "\"}");
  EXPECT_TRUE(told[0].last);
}

TEST_F(JobEvents, AMoveIsTold) {
  follow();
  box.submit_many(6);
  const auto last = box.submit();
  take();
  box.manager->move(last, scheduler::MoveTo::front, [](auto) {});
  box.settle();
  const auto told = take();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].job, last);
  EXPECT_EQ(*told[0].json, as_viewed(last));
}

TEST_F(JobEvents, AFailedJobIsToldAsItIsKept) {
  follow();
  const auto id = box.submit("w");
  print(id, ready);
  print(id, line("progress", id, R"(,"done_s":1,"total_s":2)"));
  print(id, line("failed", id, R"(,"kind":"bad_media","message":"no audio")"));
  const auto told = take();
  EXPECT_EQ(*told.back().json, as_viewed(id));
  EXPECT_EQ(json(told.back()).at("state").as_string(), "failed");
}

TEST_F(JobEvents, ALostAttemptIsQueuedAgainAndStartsAnew) {
  follow();
  const auto id = box.submit();
  take();
  box.process_of(id)->die(11);
  box.settle();
  const auto told = take();
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(json(told[0]).at("state").as_string(), "queued");
  EXPECT_EQ(json(told[0]).at("lost_attempts").as_array().size(), 1U);
  EXPECT_EQ(json(told[1]).at("attempt").as_int64(), 2);
}

TEST_F(JobEvents, AnEndThatTheDiskKeepsWaitingIsToldOnce) {
  follow();
  const auto id = box.submit();
  take();
  box.store->fail_writes_with = ports::WriteResult::disk_full;
  box.exit(id);
  box.advance(5s);
  EXPECT_THAT(story(), ElementsAre("running (storage)"));
  box.store->fail_writes_with.reset();
  box.advance(5s);
  EXPECT_THAT(story(), ElementsAre("completed"));
}

TEST_F(JobEvents, WhatADrainPutsBackIsTold) {
  follow();
  box.submit();
  take();
  box.manager->drain(0ms, [] {});
  box.settle();
  box.launcher.last().die(15);
  box.settle();
  EXPECT_THAT(story(), ElementsAre("queued (draining)"));
}

TEST_F(JobEvents, ResourcesAreToldWhenTheyChangeAndAtMostOnceASecond) {
  subscription = events().subscribe([this] { ++wakes; });
  place = events().latest();
  box.settle();
  auto told = take();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].type, EventType::resources);
  EXPECT_EQ(told[0].job, std::nullopt);
  EXPECT_EQ(*told[0].json, scheduler::resources_json(box.manager->status()));
  box.advance(10s);
  EXPECT_THAT(take(), IsEmpty());
  for (int i = 0; i < 30; ++i) {
    box.memory.available_mb -= 1;
    box.advance(100ms);
  }
  EXPECT_EQ(take().size(), 3U);
  box.memory.available_mb -= 1;
  subscription.reset();
  box.advance(10s);
  EXPECT_THAT(take(), IsEmpty()) << "nobody listens";
}

TEST_F(JobEvents, NothingIsToldWhileNobodyFollows) {
  const auto id = box.submit();
  box.exit(id);
  EXPECT_EQ(events().latest(), 0U);
}

TEST_F(JobEvents, ASnapshotIsWhatAReaderOfTheEventsWouldKnow) {
  follow();
  const auto id = box.submit("w");
  print(id, ready);
  print(id, line("segment", id, R"(,"id":0,"start":0,"end":1,"text":" one")"));
  std::optional<scheduler::JobSnapshot> taken;
  box.manager->snapshot(id, [&](auto answer) { taken = *answer; });
  // Happens before the answer comes, after the snapshot.
  box.launcher.last().print(line("segment", id, R"(,"id":1,"start":1,"end":2,"text":" two")"));
  box.settle();
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->view.job.state, core::JobState::running);
  ASSERT_EQ(taken->segments.size(), 1U);
  place = taken->place;
  EXPECT_THAT(story(), ElementsAre("segment"));
}

TEST_F(JobEvents, ASnapshotOfACompletedJobHasItsTranscript) {
  follow();
  const auto id = box.submit();
  box.process_of(id)->print("one\n");
  box.exit(id);
  const auto taken = snapshot(id);
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->view.job.state, core::JobState::completed);
  EXPECT_EQ(taken->segments.size(), 1U);
  EXPECT_EQ(taken->place, events().latest());
  EXPECT_FALSE(snapshot(core::JobId{12345}));
}

TEST_F(JobEvents, ASnapshotBetweenTheEndAndTheDiskLeavesWhatIsStillToBeTold) {
  follow();
  const auto id = box.submit();
  box.process_of(id)->print("one\n");
  box.process_of(id)->exit(0);
  std::optional<scheduler::JobSnapshot> taken;
  box.manager->snapshot(id, [&](auto answer) { taken = *answer; });
  box.settle();
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->view.job.state, core::JobState::running);
  EXPECT_THAT(taken->segments, IsEmpty());
  place = taken->place;
  EXPECT_THAT(story(), ElementsAre("segment", "completed"));
}

}  // namespace
}  // namespace transcribed
