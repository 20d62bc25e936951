#include "client/batch.h"

#include <algorithm>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wire/json_text.h"

namespace transcribed::client {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

JobInfo job(const std::string& id, core::JobState state) {
  JobInfo info;
  info.id = id;
  info.state = state;
  info.state_word = core::to_string(state);
  info.attempt = state == core::JobState::queued ? 0 : 1;
  return info;
}

// Files of these names, and no more to come.
class NamedBatch : public Batch {
 public:
  explicit NamedBatch(const std::vector<std::string>& names) {
    for (const std::string& name : names) add({file_input(name), 100, {}}, name);
    close();
  }
};

std::vector<std::string> lines(Batch& batch) {
  std::vector<std::string> out;
  for (const BatchEvent& event : batch.take_events()) {
    if (!event.line.empty() && event.kind != BatchEvent::Kind::id) out.push_back(event.line);
  }
  return out;
}

TEST(Batch, TellsEachChangeOfStateOnce) {
  NamedBatch batch({"a.wav"});
  batch.sending(0, 0);
  batch.submitted(0, job("j1", core::JobState::queued));
  EXPECT_THAT(lines(batch), ElementsAre("a.wav: queued as j1"));
  EXPECT_FALSE(batch.update(0, job("j1", core::JobState::queued)));
  EXPECT_TRUE(batch.update(0, job("j1", core::JobState::running)));
  EXPECT_FALSE(batch.update(0, job("j1", core::JobState::running)));
  EXPECT_THAT(lines(batch), ElementsAre("a.wav: running"));
  EXPECT_TRUE(batch.update(0, job("j1", core::JobState::queued)));
  EXPECT_THAT(lines(batch), ElementsAre("a.wav: queued again"));
  batch.done(0, {{Format::txt, "a.txt", {}}});
  batch.failed(0, "too late");
  EXPECT_THAT(lines(batch), ElementsAre("a.wav: done, a.txt"));
  EXPECT_EQ(batch.counts().unfinished(), 0U);
  EXPECT_FALSE(batch.is_open(0));
}

TEST(Batch, AsksAboutAFewOfManyAndAboutEveryOneInTurn) {
  constexpr std::size_t count = 300;
  std::vector<std::string> names(count, "x");
  NamedBatch batch(names);
  for (std::size_t i = 0; i < count; ++i) {
    batch.submitted(i, job("j" + std::to_string(i), core::JobState::queued));
  }
  batch.update(7, job("j7", core::JobState::running));
  std::vector<bool> asked(count);
  for (int round = 0; round < 50; ++round) {
    const auto watched = batch.to_ask();
    EXPECT_LE(watched.size(), 16U);
    EXPECT_EQ(watched.front().index, 7U) << "what runs is asked about every time";
    EXPECT_EQ(watched[1].index, 0U) << "so is the next in line";
    for (const auto& one : watched) asked[one.index] = true;
  }
  EXPECT_TRUE(std::all_of(asked.begin(), asked.end(), [](bool was) { return was; }));
}

TEST(Batch, ATroubleIsToldOnceUntilItIsOver) {
  NamedBatch batch({"a"});
  batch.trouble("away");
  batch.trouble("away");
  batch.trouble_over("back");
  batch.trouble_over("back");
  EXPECT_THAT(lines(batch), ElementsAre("away", "back"));
}

TEST(Batch, GivesUpWhatWasNotSentInOneLine) {
  NamedBatch batch({"a", "b", "c"});
  batch.submitted(0, job("j1", core::JobState::queued));
  lines(batch);
  batch.give_up_unsent("no key");
  EXPECT_THAT(lines(batch), ElementsAre("2 files were not submitted: no key"));
  EXPECT_EQ(batch.unfinished().size(), 1U);
  EXPECT_EQ(batch.counts().failed, 2U);
}

TEST(Batch, WaitingEndsWithASubmissionAStopOrTheLastUpload) {
  {
    NamedBatch batch({"a"});
    std::jthread other([&] { batch.submitted(0, job("j1", core::JobState::queued)); });
    EXPECT_TRUE(batch.wait_for_work({}, std::chrono::milliseconds(0)));
  }
  {
    NamedBatch batch({"a"});
    std::stop_source stop;
    std::jthread other([&] { stop.request_stop(); });
    EXPECT_FALSE(batch.wait_for_work(stop.get_token(), std::chrono::milliseconds(0)));
  }
  {
    NamedBatch batch({"a"});
    std::jthread other([&] { batch.uploads_over(); });
    EXPECT_FALSE(batch.wait_for_work({}, std::chrono::milliseconds(0)));
  }
}

TEST(Batch, GrowsUntilItIsClosed) {
  Batch batch;
  std::stop_source stop;
  EXPECT_EQ(batch.add({file_input("a.wav"), 100, {}}, "a.wav"), 0U);
  EXPECT_EQ(batch.next_to_send(stop.get_token()), 0U);
  EXPECT_EQ(batch.next_to_send(stop.get_token()), 0U) << "until it was sent";
  batch.submitted(0, job("j1", core::JobState::queued));
  batch.done(0, {});
  {
    std::jthread other([&] { batch.add({file_input("b.wav"), 100, {}}, "b.wav"); });
    EXPECT_EQ(batch.next_to_send(stop.get_token()), 1U);
  }
  batch.failed(1, "no good");
  batch.close();
  EXPECT_EQ(batch.next_to_send(stop.get_token()), std::nullopt);
  EXPECT_EQ(batch.counts().done, 1U);
  EXPECT_EQ(batch.counts().failed, 1U);
  EXPECT_THAT(batch.unfinished(), IsEmpty());
}

TEST(Batch, SendsAgainWhatTheServerForgotButNotForEver) {
  Batch batch;
  std::stop_source stop;
  batch.add({file_input("a.wav"), 100, {}}, "a.wav");
  for (int i = 0; i < 2; ++i) {
    batch.submitted(0, job("j", core::JobState::queued));
    EXPECT_TRUE(batch.send_again(0, "forgotten"));
    EXPECT_EQ(batch.next_to_send(stop.get_token()), 0U);
    EXPECT_THAT(batch.to_ask(), IsEmpty());
  }
  batch.submitted(0, job("j", core::JobState::queued));
  EXPECT_FALSE(batch.send_again(0, "forgotten"));
}

TEST(Batch, WhatIsWithdrawnCountsAsNothing) {
  NamedBatch batch({"a", "b"});
  batch.submitted(0, job("j1", core::JobState::queued));
  batch.withdraw(0, "changed");
  batch.done(0, {});
  EXPECT_EQ(batch.counts().done + batch.counts().failed, 0U);
  EXPECT_EQ(batch.counts().unfinished(), 1U);
}

TEST(Batch, TellsProgramsEverything) {
  Batch batch;
  batch.tell_in_full();
  batch.add({file_input("dir/a\xff.wav"), 100, {}}, "a");
  batch.add({file_input("b.wav"), 100, {}}, "b");
  batch.submitted(0, job("j1", core::JobState::queued));
  JobInfo running = job("j1", core::JobState::running);
  running.gpu_id = 1;
  running.progress = 0.25;
  running.audio_seconds = 60;
  batch.update(0, running);
  batch.update(0, running);  // no news
  batch.collecting(0, running);
  batch.done(0, {{Format::srt, "a.srt", ""}, {Format::txt, "", "hello\n"}});
  batch.give_up("no server");
  std::vector<std::string> told;
  for (const BatchEvent& event : batch.take_events()) {
    if (!event.facts.empty()) told.push_back(wire::to_text(event.facts));
  }
  EXPECT_THAT(
      told, ElementsAre(
                R"({"event":"queued","file":"dir/a�.wav","id":"j1","reason":null})",
                R"({"event":"running","file":"dir/a�.wav","id":"j1","attempt":1,"gpu_id":1})",
                R"({"event":"progress","file":"dir/a�.wav","id":"j1","progress":0.25,)"
                R"("rate":null,"seconds_left":null})",
                R"({"event":"done","file":"dir/a�.wav","id":"j1","audio_seconds":60,)"
                R"("outputs":[{"format":"srt","path":"a.srt"},{"format":"txt","text":"hello\n"}]})",
                R"({"event":"failed","file":"b.wav","id":null,"message":"no server"})",
                R"({"event":"notice","message":"1 file was given up: no server"})"));
  const auto result = batch.result();
  EXPECT_EQ(result.at("done"), 1);
  EXPECT_EQ(result.at("failed"), 1);
}

TEST(Batch, TheTotalIsWeighedByBytes) {
  Batch batch;
  batch.add({file_input("a"), 300, {}}, "a");
  batch.add({file_input("b"), 100, {}}, "b");
  for (int i = 0; i < 2; ++i)
    batch.submitted(static_cast<std::size_t>(i), job("j", core::JobState::queued));
  EXPECT_FALSE(batch.view(9).total.fraction) << "what grows has no total";
  batch.close();
  EXPECT_DOUBLE_EQ(batch.view(9).total.fraction.value(), 0);
  JobInfo half = job("j", core::JobState::running);
  half.progress = 0.5;
  batch.update(0, half);
  EXPECT_DOUBLE_EQ(batch.view(9).total.fraction.value(), 150.0 / 400);
  batch.failed(0, "x");
  EXPECT_DOUBLE_EQ(batch.view(9).total.fraction.value(), 0.75);
}

TEST(Batch, ShowsStatesOfANewerServerByTheirWord) {
  NamedBatch batch({"a"});
  batch.submitted(0, job("j1", core::JobState::queued));
  JobInfo paused = job("j1", core::JobState::queued);
  paused.state.reset();
  paused.state_word = "paused\x1b";
  batch.update(0, paused);
  const ProgressView view = batch.view(5);
  ASSERT_EQ(view.rows.size(), 1U);
  EXPECT_EQ(view.rows[0].status, "paused\\x1b");
}

}  // namespace
}  // namespace transcribed::client
