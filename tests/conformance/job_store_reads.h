// The rest of the suite: start-up, the queue, lists. See job_store_conformance.h.
#pragma once

#include "tests/conformance/job_store_fixture.h"

namespace transcribed::conformance {

using testing::ElementsAre;
using testing::IsEmpty;

// --- Start-up ---

TEST_P(JobStoreConformance, ANewStoreIsEmpty) {
  const auto summary = store().recover();
  EXPECT_EQ(summary.queued, 0);
  EXPECT_EQ(summary.last_id.value, 0U);
  EXPECT_THAT(summary.interrupted, IsEmpty());
  EXPECT_THAT(list({}), IsEmpty());
  EXPECT_FALSE(read(1));
  EXPECT_FALSE(transcript(1));
}

TEST_P(JobStoreConformance, RecoverDisarmsAndTellsWhatRan) {
  ASSERT_EQ(insert(new_job(1)), WriteResult::ok);
  make_armed(2);
  make_running(3);
  ASSERT_EQ(insert(new_job(4, 9), true), WriteResult::ok);
  ASSERT_EQ(started(4, 1), WriteResult::ok);
  make_ended(5, completed());
  const auto summary = reopen();
  EXPECT_EQ(summary.queued, 2);
  EXPECT_EQ(summary.last_id.value, 5U);
  EXPECT_THAT(ids(summary.interrupted), testing::UnorderedElementsAre(3, 4));
  for (const core::Job& job : summary.interrupted) {
    EXPECT_EQ(job.state, JobState::running);
    EXPECT_EQ(job.attempt, 1);
  }
  EXPECT_THAT(queue(), ElementsAre(1, 2)) << "what was armed waits again";
  EXPECT_EQ(read(2), new_job(2));
  EXPECT_EQ(started(2, 1), WriteResult::stale);
  EXPECT_EQ(arm(2, 1), WriteResult::ok);
  // The attempt of the last daemon can still be ended, or given back, by name.
  EXPECT_EQ(finish(3, 1, failed()), WriteResult::ok);
  EXPECT_EQ(requeue(4, 1, true), WriteResult::ok);
  EXPECT_THAT(queue(), ElementsAre(4, 1));
}

TEST_P(JobStoreConformance, TellsAgainWhatRanUntilSomebodyEndsIt) {
  make_running(1);
  EXPECT_THAT(ids(reopen().interrupted), ElementsAre(1));
  EXPECT_THAT(ids(reopen().interrupted), ElementsAre(1));
  ASSERT_EQ(requeue(1, 1, true), WriteResult::ok);
  EXPECT_THAT(reopen().interrupted, IsEmpty());
}

TEST_P(JobStoreConformance, RemembersTheHighestIdEverUsed) {
  make_ended(10, failed());
  make_ended(20, completed());
  ASSERT_EQ(remove(20), WriteResult::ok);
  EXPECT_EQ(reopen().last_id.value, 20U) << "also of a job that is gone";
  ASSERT_EQ(retry(10, {0, 30}), WriteResult::ok);
  EXPECT_EQ(reopen().last_id.value, 20U);
}

TEST_P(JobStoreConformance, RemembersTheLastPlaceOfEachFlow) {
  const core::Flow news{"newsroom", false, 0};
  const core::Flow asking{"newsroom", true, 0};
  const core::Flow urgent{"", false, 3};
  const auto add = [&](std::uint64_t id, const core::Flow& flow, std::uint64_t position) {
    core::Job job = new_job(id);
    job.owner = flow.owner;
    job.interactive = flow.interactive;
    job.queue.position = position;
    ASSERT_EQ(insert(job), WriteResult::ok);
  };
  EXPECT_THAT(reopen().heads, IsEmpty());
  add(1, news, 104);
  add(2, news, 108);
  add(3, asking, 101);
  add(4, {}, 105);
  ASSERT_EQ(cancel_queued(4), WriteResult::ok);
  ASSERT_EQ(retry(4, {3, 110}, urgent), WriteResult::ok);
  ASSERT_EQ(cancel_queued(2), WriteResult::ok) << "a place that was given stays given";
  ASSERT_EQ(move(1, {0, 4}), WriteResult::ok) << "a move is not the flow's doing";
  const auto summary = reopen();
  EXPECT_THAT(summary.flows,
              testing::UnorderedElementsAre(core::FlowTail{news, 108}, core::FlowTail{asking, 101},
                                            core::FlowTail{{}, 105}, core::FlowTail{urgent, 110}));
  EXPECT_EQ(summary.queued_of, (std::map<std::string, int>{{"newsroom", 2}}));
  EXPECT_THAT(summary.heads,
              testing::UnorderedElementsAre(core::LineHead{0, 4}, core::LineHead{3, 110}));
}

TEST_P(JobStoreConformance, CountsTheQueuedThroughEveryWayInAndOut) {
  for (std::uint64_t id = 1; id <= 6; ++id) ASSERT_EQ(insert(new_job(id)), WriteResult::ok);
  EXPECT_EQ(reopen().queued, 6);
  ASSERT_EQ(arm(1, 1), WriteResult::ok);
  ASSERT_EQ(started(1, 1), WriteResult::ok);
  ASSERT_EQ(arm(2, 1), WriteResult::ok);
  ASSERT_EQ(finish(2, 1), WriteResult::ok);
  ASSERT_EQ(cancel_queued(3), WriteResult::ok);
  EXPECT_EQ(reopen().queued, 3);
  ASSERT_EQ(requeue(1, 1, true), WriteResult::ok);
  ASSERT_EQ(retry(3, {0, 33}), WriteResult::ok);
  EXPECT_EQ(reopen().queued, 5);
  ASSERT_EQ(arm(4, 1), WriteResult::ok);
  ASSERT_EQ(requeue(4, 1, false), WriteResult::ok);
  ASSERT_EQ(arm(5, 1), WriteResult::ok);
  EXPECT_EQ(reopen().queued, 5);
  EXPECT_EQ(queue().size(), 5U);
}

// --- The queue ---

TEST_P(JobStoreConformance, ReadsTheQueueByPriorityThenPosition) {
  ASSERT_EQ(insert(new_job(1, 0)), WriteResult::ok);
  ASSERT_EQ(insert(new_job(2, 5)), WriteResult::ok);
  ASSERT_EQ(insert(new_job(3, -1)), WriteResult::ok);
  ASSERT_EQ(insert(new_job(4, 5)), WriteResult::ok);
  ASSERT_EQ(insert(new_job(5, 0)), WriteResult::ok);
  make_armed(6);
  make_running(7);
  make_ended(8, failed());
  EXPECT_THAT(queue(), ElementsAre(2, 4, 1, 5, 3));
  EXPECT_THAT(queue(2), ElementsAre(2, 4));
  EXPECT_THAT(queue(0), IsEmpty());
  EXPECT_THAT(queue(2, core::QueueKey{5, 2, {2}}), ElementsAre(4, 1));
  EXPECT_THAT(queue(100, core::QueueKey{0, 1, {1}}), ElementsAre(5, 3));
  EXPECT_THAT(queue(100, core::QueueKey{3, 1}), ElementsAre(1, 5, 3)) << "a place nobody holds";
  EXPECT_THAT(queue(100, core::QueueKey{-1, 3, {3}}), IsEmpty());
}

TEST_P(JobStoreConformance, OfTwoJobsWithOnePositionTheOlderGoesFirst) {
  for (const std::uint64_t id : {3, 1, 2}) {
    core::Job job = new_job(id);
    job.queue.position = 7;
    ASSERT_EQ(insert(job), WriteResult::ok);
  }
  EXPECT_THAT(queue(), ElementsAre(1, 2, 3));
  EXPECT_THAT(queue(9, core::QueueKey{0, 7, {1}}), ElementsAre(2, 3));
  EXPECT_EQ(ahead_of({0, 7, {3}}), 2);
}

TEST_P(JobStoreConformance, ReadsExtremePriorities) {
  constexpr int lowest = std::numeric_limits<int>::min();
  constexpr int highest = std::numeric_limits<int>::max();
  ASSERT_EQ(insert(new_job(1, lowest)), WriteResult::ok);
  ASSERT_EQ(insert(new_job(2, highest)), WriteResult::ok);
  ASSERT_EQ(insert(new_job(3)), WriteResult::ok);
  EXPECT_THAT(queue(), ElementsAre(2, 3, 1));
  EXPECT_EQ(read(1), new_job(1, lowest));
  EXPECT_EQ(read(2), new_job(2, highest));
  EXPECT_THAT(queue(9, core::QueueKey{highest, 2, {2}}), ElementsAre(3, 1));
}

TEST_P(JobStoreConformance, CountsHowManyAreAhead) {
  ASSERT_EQ(insert(new_job(1, 0)), WriteResult::ok);
  ASSERT_EQ(insert(new_job(2, 5)), WriteResult::ok);
  ASSERT_EQ(insert(new_job(3, 0)), WriteResult::ok);
  make_armed(4);
  make_running(5);
  make_ended(6, failed());
  EXPECT_EQ(ahead_of({5, 2}), 0);
  EXPECT_EQ(ahead_of({0, 1}), 1);
  EXPECT_EQ(ahead_of({0, 3}), 2);
  EXPECT_EQ(ahead_of({0, 100}), 4) << "an armed job is queued";
  EXPECT_EQ(ahead_of({-1, 0}), 4);
}

// --- Lists ---

TEST_P(JobStoreConformance, FindsTheJobThatDoesTheSame) {
  const auto same = [&](const std::string& fingerprint, std::int64_t not_before = 0) {
    const auto found = wait_for<std::optional<core::Job>>(
        [&](auto done) { store().find_same(fingerprint, at(not_before), done); });
    return found ? found->id.value : 0;
  };
  const auto add = [&](std::uint64_t id, const std::string& fingerprint, bool armed = true) {
    core::Job job = new_job(id);
    job.fingerprint = fingerprint;
    ASSERT_EQ(insert(job, armed), WriteResult::ok);
  };
  make_armed(1);
  add(2, "aa");
  add(3, "bb", false);
  EXPECT_EQ(same("aa"), 2U) << "armed";
  EXPECT_EQ(same("bb"), 3U) << "queued";
  EXPECT_EQ(same("cc"), 0U);
  ASSERT_EQ(started(2, 1), WriteResult::ok);
  EXPECT_EQ(same("aa"), 2U) << "running";
  ASSERT_EQ(finish(2, 1, completed()), WriteResult::ok);
  EXPECT_EQ(same("aa", 200), 2U) << "completed then";
  EXPECT_EQ(same("aa", 201), 0U) << "completed before";
  add(4, "aa");
  EXPECT_EQ(same("aa", 201), 4U);
  EXPECT_EQ(same("aa"), 4U) << "the newest";
  ASSERT_EQ(finish(4, 1, failed()), WriteResult::ok);
  EXPECT_EQ(same("aa", 201), 0U) << "failed";
  EXPECT_EQ(same("aa"), 2U);
  ASSERT_EQ(cancel_queued(3), WriteResult::ok);
  EXPECT_EQ(same("bb"), 0U) << "cancelled";
}

TEST_P(JobStoreConformance, ListsWhatMatches) {
  const auto add = [&](std::uint64_t id, const std::string& name, const std::string& model) {
    core::Job job = new_job(id);
    job.name = name;
    job.model = model;
    ASSERT_EQ(insert(job), WriteResult::ok);
  };
  const auto matching = [&](ports::ListQuery query) {
    return ids(wait_for<std::vector<core::Job>>([&](auto done) { store().list(query, done); }));
  };
  add(1, "Interview 1.mp3", "medium");
  add(2, "100% noise_a.wav", "small");
  add(3, "interview 2.mp3", "small");
  add(4, "lecture.m4a", "medium");
  ASSERT_EQ(arm(1, 1), WriteResult::ok);
  ASSERT_EQ(cancel_queued(3), WriteResult::ok);
  EXPECT_THAT(matching({.search = "INTERVIEW"}), ElementsAre(3, 1));
  EXPECT_THAT(matching({.search = "interview", .limit = 1}), ElementsAre(3));
  EXPECT_THAT(matching({.search = "interview", .before = core::JobId{3}}), ElementsAre(1));
  EXPECT_THAT(matching({.model = "small"}), ElementsAre(3, 2));
  EXPECT_THAT(matching({.model = "small", .search = ".mp3"}), ElementsAre(3));
  EXPECT_THAT(matching({.state = JobState::queued, .search = "interview"}), ElementsAre(1))
      << "armed reads as queued";
  EXPECT_THAT(matching({.state = JobState::cancelled, .model = "small"}), ElementsAre(3));
  add(5, "Ärger in Łódź.wav", "medium");
  EXPECT_THAT(matching({.search = "ÄRGER IN łÓDŹ"}), ElementsAre(5));
  EXPECT_THAT(matching({.search = "%"}), ElementsAre(2)) << "no pattern";
  EXPECT_THAT(matching({.search = "_"}), ElementsAre(2));
  EXPECT_THAT(matching({.model = "large"}), IsEmpty());
}

TEST_P(JobStoreConformance, ListsNewestFirstByStateWithACursor) {
  ASSERT_EQ(insert(new_job(1)), WriteResult::ok);
  make_armed(2);
  make_running(3);
  make_ended(4, completed());
  make_ended(5, failed());
  ASSERT_EQ(insert(new_job(6)), WriteResult::ok);
  ASSERT_EQ(cancel_queued(6), WriteResult::ok);
  make_ended(7, failed());
  ASSERT_EQ(insert(new_job(8)), WriteResult::ok);
  EXPECT_THAT(list({}), ElementsAre(8, 7, 6, 5, 4, 3, 2, 1));
  EXPECT_THAT(list({}, 3), ElementsAre(8, 7, 6));
  EXPECT_THAT(list({}, 3, 6), ElementsAre(5, 4, 3)) << "strictly older";
  EXPECT_THAT(list({}, 0), IsEmpty());
  EXPECT_THAT(list(JobState::queued), ElementsAre(8, 2, 1));
  EXPECT_THAT(list(JobState::queued, 2), ElementsAre(8, 2));
  EXPECT_THAT(list(JobState::queued, 2, 2), ElementsAre(1));
  EXPECT_THAT(list(JobState::running), ElementsAre(3));
  EXPECT_THAT(list(JobState::completed), ElementsAre(4));
  EXPECT_THAT(list(JobState::failed), ElementsAre(7, 5));
  EXPECT_THAT(list(JobState::failed, 1), ElementsAre(7));
  EXPECT_THAT(list(JobState::failed, 5, 7), ElementsAre(5));
  EXPECT_THAT(list(JobState::cancelled), ElementsAre(6));
  EXPECT_THAT(list(JobState::failed, 5, 5), IsEmpty());
  EXPECT_THAT(list({}, 2, std::numeric_limits<std::uint64_t>::max()), ElementsAre(8, 7))
      << "a cursor somebody made up";
}

TEST_P(JobStoreConformance, FindsWhichIdsHaveNoJob) {
  ASSERT_EQ(insert(new_job(2)), WriteResult::ok);
  make_ended(4, completed());
  const auto missing = wait_for<std::vector<core::JobId>>([&](auto done) {
    store().find_missing({{1}, {2}, {3}, {4}}, done);
  });
  EXPECT_THAT(missing, ElementsAre(core::JobId{1}, core::JobId{3}));
  EXPECT_THAT(
      wait_for<std::vector<core::JobId>>([&](auto done) { store().find_missing({}, done); }),
      IsEmpty());
}

TEST_P(JobStoreConformance, TranscriptsOfCompletedJobsOnly) {
  make_ended(1, completed());
  make_ended(2, completed({}));
  make_running(3);
  EXPECT_EQ(transcript(1), some_transcript());
  EXPECT_FALSE(transcript(2));
  EXPECT_FALSE(transcript(3));
  EXPECT_FALSE(transcript(9));
  make_ended(4, completed(core::Transcript{}));
  EXPECT_EQ(transcript(4), core::Transcript{}) << "silence is a transcript too";
}

// A callback may ask for more; the answer must not come from inside the asking.
TEST_P(JobStoreConformance, ACallbackMayAskAgain) {
  std::optional<core::Job> found;
  bool asked = false;
  bool asking = false;
  store().insert(new_job(1), false, [&](WriteResult) {
    asking = true;
    store().read({1}, [&](std::optional<core::Job> job) {
      EXPECT_FALSE(asking);
      found = std::move(job);
      asked = true;
    });
    asking = false;
  });
  harness_->work();
  ASSERT_TRUE(loop_.run_until([&] { return asked; }));
  EXPECT_EQ(found, new_job(1)) << "a read sees every write that was confirmed";
}

}  // namespace transcribed::conformance
