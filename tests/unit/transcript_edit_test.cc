// Transcripts that people correct.
#include <gtest/gtest.h>

#include "core/transcript_text.h"
#include "tests/fakes/scheduler_bench.h"

namespace transcribed {
namespace {

using Answered = std::optional<tl::expected<core::Transcript, scheduler::Refusal>>;
using Revision = std::optional<tl::expected<std::int64_t, scheduler::Refusal>>;
using Why = scheduler::Refusal::Why;

class TranscriptEdit : public testing::Test {
 protected:
  TranscriptEdit() { box.start(); }

  Revision edit(core::JobId id, const std::string& text,
                std::optional<std::int64_t> replaces = std::nullopt) {
    core::Transcript transcript;
    transcript.segments.push_back({.id = 0, .start_s = 0, .end_s = 1, .text = text});
    Revision out;
    box.manager->edit_transcript(id, transcript, replaces,
                                 [&](auto answer) { out = std::move(answer); });
    box.settle();
    return out;
  }
  Answered restore(core::JobId id) {
    Answered out;
    box.manager->restore_transcript(id, [&](auto answer) { out = std::move(answer); });
    box.settle();
    return out;
  }
  std::string text(core::JobId id) {
    std::string out;
    box.manager->transcript(id, [&](auto answer) {
      if (answer) out = core::to_txt(*answer);
    });
    box.settle();
    return out;
  }
  core::JobId completed() {
    const auto id = box.submit();
    box.process_of(id)->print("what the engine heard\n");
    box.exit(id);
    return id;
  }

  fakes::SchedulerBench box;
};

TEST_F(TranscriptEdit, TakesThePlaceOfWhatTheEngineHeardAndCanBeUndone) {
  const auto id = completed();
  ASSERT_EQ(text(id), "what the engine heard\n");
  const auto edited = edit(id, "what was said");
  ASSERT_TRUE(edited && *edited);
  EXPECT_NE(**edited, 0);
  EXPECT_EQ(text(id), "what was said\n");
  const auto restored = restore(id);
  ASSERT_TRUE(restored && *restored);
  EXPECT_FALSE((*restored)->edited);
  EXPECT_EQ(text(id), "what the engine heard\n");
}

TEST_F(TranscriptEdit, OfTwoPeopleTheSecondIsToldThatTheFirstWasThere) {
  const auto id = completed();
  const auto first = edit(id, "the first", 0);
  ASSERT_TRUE(first && *first);
  const auto second = edit(id, "the second", 0);
  ASSERT_TRUE(second && !*second);
  EXPECT_EQ(second->error().why, Why::outdated);
  EXPECT_EQ(text(id), "the first\n");
  const auto again = edit(id, "both", **first);
  ASSERT_TRUE(again && *again);
  EXPECT_NE(**again, **first);
  EXPECT_EQ(text(id), "both\n");
}

TEST_F(TranscriptEdit, IsRefusedWhileTheJobLives) {
  const auto running = box.submit();
  const auto answer = edit(running, "too early");
  ASSERT_TRUE(answer && !*answer);
  EXPECT_EQ(answer->error().why, Why::wrong_state);
  EXPECT_NE(answer->error().message.find("not completed"), std::string::npos);
  const auto unknown = restore(core::JobId{4711});
  ASSERT_TRUE(unknown && !*unknown);
  EXPECT_EQ(unknown->error().why, Why::not_found);
}

TEST_F(TranscriptEdit, SaysWhenTheDiskIsFullAndChangesNothing) {
  const auto id = completed();
  box.store->fail_writes_with = ports::WriteResult::disk_full;
  const auto answer = edit(id, "lost");
  ASSERT_TRUE(answer && !*answer);
  EXPECT_EQ(answer->error().why, Why::disk_full);
  EXPECT_EQ(text(id), "what the engine heard\n");
}

}  // namespace
}  // namespace transcribed
