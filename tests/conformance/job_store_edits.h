// The rest of the suite: transcripts that somebody corrects. See job_store_conformance.h.
#pragma once

#include "tests/conformance/job_store_fixture.h"

namespace transcribed::conformance {

TEST_P(JobStoreConformance, AnEditedTranscriptTakesThePlaceOfTheEnginesUntilItIsRestored) {
  make_ended(1, completed());
  core::Transcript corrected = some_transcript();
  corrected.segments[0].text = "Go forward ten metres.";
  ASSERT_EQ(edit_transcript(1, corrected), WriteResult::ok);
  corrected.edited = true;
  EXPECT_EQ(transcript(1), corrected);
  // What is kept beside it is what the engine heard, not the edit before.
  core::Transcript again = some_transcript();
  again.segments.clear();
  ASSERT_EQ(edit_transcript(1, again), WriteResult::ok);
  reopen();
  again.edited = true;
  EXPECT_EQ(transcript(1), again);
  ASSERT_EQ(restore_transcript(1), WriteResult::ok);
  EXPECT_EQ(transcript(1), some_transcript());
  EXPECT_EQ(restore_transcript(1), WriteResult::ok) << "nothing to restore is no error";
  EXPECT_EQ(transcript(1), some_transcript());
  ASSERT_EQ(remove(1), WriteResult::ok);
  EXPECT_FALSE(transcript(1));
}

TEST_P(JobStoreConformance, AnEditOfARevisionThatIsNotKeptAnyMoreIsOutdated) {
  make_ended(1, completed());
  const auto revised = [](std::int64_t revision) {
    core::Transcript transcript = some_transcript();
    transcript.revision = revision;
    transcript.edited = true;
    return transcript;
  };
  EXPECT_EQ(edit_transcript(1, revised(7), 6), WriteResult::outdated);
  EXPECT_EQ(transcript(1), some_transcript());
  EXPECT_EQ(edit_transcript(1, revised(7), 0), WriteResult::ok);
  EXPECT_EQ(edit_transcript(1, revised(8), 0), WriteResult::outdated);
  EXPECT_EQ(transcript(1), revised(7));
  reopen();
  EXPECT_EQ(edit_transcript(1, revised(8), 7), WriteResult::ok);
  EXPECT_EQ(edit_transcript(1, revised(9)), WriteResult::ok);
  EXPECT_EQ(transcript(1), revised(9));
  // What the engine heard is the same, however it came back.
  ASSERT_EQ(restore_transcript(1), WriteResult::ok);
  EXPECT_EQ(edit_transcript(1, revised(10), 9), WriteResult::outdated);
  EXPECT_EQ(edit_transcript(1, revised(10), 0), WriteResult::ok);
}

TEST_P(JobStoreConformance, OnlyACompletedJobsTranscriptIsEdited) {
  EXPECT_EQ(edit_transcript(1, some_transcript()), WriteResult::not_found);
  EXPECT_EQ(restore_transcript(1), WriteResult::not_found);
  ASSERT_EQ(insert(new_job(1)), WriteResult::ok);
  make_running(2);
  make_ended(3, failed());
  for (const std::uint64_t id : {1, 2, 3}) {
    EXPECT_EQ(edit_transcript(id, some_transcript()), WriteResult::stale) << id;
    EXPECT_EQ(edit_transcript(id, some_transcript(), 0), WriteResult::stale) << id;
    EXPECT_EQ(restore_transcript(id), WriteResult::stale) << id;
    EXPECT_FALSE(transcript(id)) << id;
  }
}

}  // namespace transcribed::conformance
