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

TEST_P(JobStoreConformance, OnlyACompletedJobsTranscriptIsEdited) {
  EXPECT_EQ(edit_transcript(1, some_transcript()), WriteResult::not_found);
  EXPECT_EQ(restore_transcript(1), WriteResult::not_found);
  ASSERT_EQ(insert(new_job(1)), WriteResult::ok);
  make_running(2);
  make_ended(3, failed());
  for (const std::uint64_t id : {1, 2, 3}) {
    EXPECT_EQ(edit_transcript(id, some_transcript()), WriteResult::stale) << id;
    EXPECT_EQ(restore_transcript(id), WriteResult::stale) << id;
    EXPECT_FALSE(transcript(id)) << id;
  }
}

}  // namespace transcribed::conformance
