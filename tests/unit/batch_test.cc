#include "client/batch.h"

#include <algorithm>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

std::vector<std::string> lines(Batch& batch) {
  std::vector<std::string> out;
  for (const BatchEvent& event : batch.take_events()) {
    if (event.kind != BatchEvent::Kind::id) out.push_back(event.line);
  }
  return out;
}

TEST(Batch, TellsEachChangeOfStateOnce) {
  Batch batch({"a.wav"});
  batch.sending(0, 0);
  batch.submitted(0, job("j1", core::JobState::queued));
  EXPECT_THAT(lines(batch), ElementsAre("a.wav: queued as j1"));
  EXPECT_FALSE(batch.update(0, job("j1", core::JobState::queued)));
  EXPECT_TRUE(batch.update(0, job("j1", core::JobState::running)));
  EXPECT_FALSE(batch.update(0, job("j1", core::JobState::running)));
  EXPECT_THAT(lines(batch), ElementsAre("a.wav: running"));
  EXPECT_TRUE(batch.update(0, job("j1", core::JobState::queued)));
  EXPECT_THAT(lines(batch), ElementsAre("a.wav: queued again"));
  batch.done(0, "a.txt");
  batch.failed(0, "too late");
  EXPECT_THAT(lines(batch), ElementsAre("a.wav: done, a.txt"));
  EXPECT_TRUE(batch.all_ended());
}

TEST(Batch, AsksAboutAFewOfManyAndAboutEveryOneInTurn) {
  constexpr std::size_t count = 300;
  std::vector<std::string> names(count, "x");
  Batch batch(names);
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
  Batch batch({"a"});
  batch.trouble("away");
  batch.trouble("away");
  batch.trouble_over("back");
  batch.trouble_over("back");
  EXPECT_THAT(lines(batch), ElementsAre("away", "back"));
}

TEST(Batch, GivesUpWhatWasNotSentInOneLine) {
  Batch batch({"a", "b", "c"});
  batch.submitted(0, job("j1", core::JobState::queued));
  lines(batch);
  batch.give_up_unsent(1, "no key");
  EXPECT_THAT(lines(batch), ElementsAre("2 files were not submitted: no key"));
  EXPECT_EQ(batch.unfinished().size(), 1U);
  EXPECT_EQ(batch.counts().failed, 2U);
}

TEST(Batch, WaitingEndsWithASubmissionAStopOrTheLastUpload) {
  {
    Batch batch({"a"});
    std::jthread other([&] { batch.submitted(0, job("j1", core::JobState::queued)); });
    EXPECT_TRUE(batch.wait_for_work({}, std::chrono::milliseconds(0)));
  }
  {
    Batch batch({"a"});
    std::stop_source stop;
    std::jthread other([&] { stop.request_stop(); });
    EXPECT_FALSE(batch.wait_for_work(stop.get_token(), std::chrono::milliseconds(0)));
  }
  {
    Batch batch({"a"});
    std::jthread other([&] { batch.uploads_over(); });
    EXPECT_FALSE(batch.wait_for_work({}, std::chrono::milliseconds(0)));
  }
}

TEST(Batch, ShowsStatesOfANewerServerByTheirWord) {
  Batch batch({"a"});
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
