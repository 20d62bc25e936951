// One suite for every JobStore: what writes do is here, start-up and reads are in
// job_store_reads.h, recordings to be fetched and webhooks in job_store_outgoing.h. Include it in
// one source file of a test program and instantiate JobStoreConformance there with the kinds of
// store to try.
#pragma once

#include "tests/conformance/job_store_edits.h"
#include "tests/conformance/job_store_fixture.h"
#include "tests/conformance/job_store_outgoing.h"
#include "tests/conformance/job_store_reads.h"

namespace transcribed::conformance {

using testing::ElementsAre;
using testing::IsEmpty;

// --- Writes: each life, each refusal ---

TEST_P(JobStoreConformance, KeepsEveryFieldOfANewJobAcrossAReopen) {
  core::Job job = new_job(7, -3);
  job.queue.position = 9;
  job.owner = "newsroom";
  job.interactive = true;
  job.fingerprint = std::string(64, 'f');
  job.name = "na\xc3\xafve \"quotes\" '; DROP TABLE jobs; --";
  job.audio = {"/data/uploads/7", true};
  job.audio_seconds = 61.25;
  job.options.language = "de";
  job.options.task = "translate";
  job.options.initial_prompt = "Names: Zo\xc3\xab";
  job.options.temperature = 0.5;
  job.options.beam_size = 5;
  job.options.word_timestamps = true;
  ASSERT_EQ(insert(job), WriteResult::ok);
  EXPECT_EQ(read(7), job);
  reopen();
  EXPECT_EQ(read(7), job);
}

TEST_P(JobStoreConformance, InsertRefusesAnIdThatIsTaken) {
  ASSERT_EQ(insert(new_job(1)), WriteResult::ok);
  core::Job other = new_job(1);
  other.name = "other.mp3";
  EXPECT_EQ(insert(other), WriteResult::stale);
  EXPECT_EQ(read(1), new_job(1));
  EXPECT_EQ(reopen().queued, 1);
}

TEST_P(JobStoreConformance, AnArmedJobReadsAsQueuedAndItsAttemptHasNotBegun) {
  make_armed(1);
  EXPECT_EQ(read(1), new_job(1));
  ASSERT_EQ(insert(new_job(2)), WriteResult::ok);
  ASSERT_EQ(arm(2, 1), WriteResult::ok);
  EXPECT_EQ(read(2), new_job(2));
  EXPECT_THAT(list(JobState::queued), ElementsAre(2, 1));
  EXPECT_THAT(queue(), IsEmpty());
}

TEST_P(JobStoreConformance, ArmNamesTheNextAttemptOfAQueuedJob) {
  EXPECT_EQ(arm(1, 1), WriteResult::not_found);
  ASSERT_EQ(insert(new_job(1)), WriteResult::ok);
  EXPECT_EQ(arm(1, 2), WriteResult::stale);
  EXPECT_EQ(arm(1, 0), WriteResult::stale);
  EXPECT_EQ(arm(1, 1), WriteResult::ok);
  EXPECT_EQ(arm(1, 1), WriteResult::stale) << "already armed";
  EXPECT_EQ(arm(1, 2), WriteResult::stale);
  ASSERT_EQ(started(1, 1), WriteResult::ok);
  EXPECT_EQ(arm(1, 2), WriteResult::stale) << "running";
}

TEST_P(JobStoreConformance, StartedTurnsAnArmedJobIntoARunningOne) {
  EXPECT_EQ(started(1, 1), WriteResult::not_found);
  ASSERT_EQ(insert(new_job(1)), WriteResult::ok);
  EXPECT_EQ(started(1, 1), WriteResult::stale) << "not armed";
  ASSERT_EQ(arm(1, 1), WriteResult::ok);
  EXPECT_EQ(started(1, 2), WriteResult::stale);
  EXPECT_EQ(started(1, 1), WriteResult::ok);
  EXPECT_EQ(started(1, 1), WriteResult::stale) << "runs already";
  core::Job expected = new_job(1);
  expected.state = JobState::running;
  expected.attempt = 1;
  expected.started_at = at(100);
  expected.gpu_id = 1;
  EXPECT_EQ(read(1), expected);
}

TEST_P(JobStoreConformance, FinishCompletesAndKeepsTheTranscript) {
  make_running(1);
  ASSERT_EQ(finish(1, 1), WriteResult::ok);
  core::Job expected = new_job(1);
  expected.state = JobState::completed;
  expected.attempt = 1;
  expected.started_at = at(100);
  expected.ended_at = at(200);
  expected.gpu_id = 1;
  expected.language = "en";
  expected.audio_seconds = 12.5;
  reopen();
  EXPECT_EQ(read(1), expected);
  EXPECT_EQ(transcript(1), some_transcript());
}

TEST_P(JobStoreConformance, FinishOfAnArmedJobFillsInItsStart) {
  make_armed(1);
  ASSERT_EQ(finish(1, 1), WriteResult::ok);
  const auto job = read(1);
  ASSERT_TRUE(job);
  EXPECT_EQ(job->state, JobState::completed);
  EXPECT_EQ(job->attempt, 1);
  EXPECT_EQ(job->started_at, at(100));
  EXPECT_EQ(job->gpu_id, 1);
  EXPECT_EQ(reopen().queued, 0);
}

TEST_P(JobStoreConformance, FinishRefusesWhatDoesNotRunAtThatAttempt) {
  EXPECT_EQ(finish(1, 1), WriteResult::not_found);
  ASSERT_EQ(insert(new_job(1)), WriteResult::ok);
  EXPECT_EQ(finish(1, 0), WriteResult::stale) << "queued";
  make_running(2);
  EXPECT_EQ(finish(2, 2), WriteResult::stale);
  EXPECT_THAT(list(JobState::running), ElementsAre(2));
  EXPECT_FALSE(transcript(2));
  ASSERT_EQ(finish(2, 1, failed()), WriteResult::ok);
  EXPECT_EQ(finish(2, 1), WriteResult::stale) << "ended already";
  EXPECT_FALSE(transcript(2));
}

TEST_P(JobStoreConformance, FinishKeepsTheFailureAndEveryLostAttempt) {
  make_running(1);
  ports::JobEnd end = failed(core::FailureKind::engine_crashed);
  end.lost = {{1, {core::FailureKind::out_of_memory, "no \"VRAM\"\nleft"}},
              {2, {core::FailureKind::daemon_lost, ""}}};
  ASSERT_EQ(finish(1, 1, end), WriteResult::ok);
  reopen();
  const auto job = read(1);
  ASSERT_TRUE(job);
  EXPECT_EQ(job->state, JobState::failed);
  EXPECT_EQ(job->failure, end.failure);
  EXPECT_EQ(job->lost, end.lost);
  EXPECT_EQ(job->ended_at, at(200));
}

TEST_P(JobStoreConformance, RequeueKeepsThePlaceAndTheAttempt) {
  make_running(1);
  ASSERT_EQ(insert(new_job(2)), WriteResult::ok);
  const std::vector<core::LostAttempt> lost = {
      {1, {core::FailureKind::engine_crashed, "signal 9"}}};
  EXPECT_EQ(requeue(1, 2, true, lost), WriteResult::stale);
  ASSERT_EQ(requeue(1, 1, true, lost), WriteResult::ok);
  EXPECT_EQ(requeue(1, 1, true, lost), WriteResult::stale) << "queued already";
  EXPECT_EQ(requeue(9, 1, true, lost), WriteResult::not_found);
  core::Job expected = new_job(1);
  expected.attempt = 1;
  expected.lost = lost;
  EXPECT_EQ(read(1), expected);
  EXPECT_THAT(queue(), ElementsAre(1, 2));
  EXPECT_EQ(reopen().queued, 2);
  EXPECT_EQ(arm(1, 2), WriteResult::ok);
}

TEST_P(JobStoreConformance, AnAttemptThatNeverStartedDoesNotCount) {
  make_armed(1);
  ASSERT_EQ(requeue(1, 1, false), WriteResult::ok);
  EXPECT_EQ(read(1), new_job(1));
  make_running(2);
  ASSERT_EQ(requeue(2, 1, false), WriteResult::ok);
  EXPECT_EQ(read(2), new_job(2));
  EXPECT_EQ(arm(1, 1), WriteResult::ok);
  EXPECT_EQ(reopen().queued, 2);
}

TEST_P(JobStoreConformance, ALateWordFromAnOlderAttemptChangesNothing) {
  make_running(1);
  ASSERT_EQ(requeue(1, 1, true, {{1, {core::FailureKind::engine_hung, "silence"}}}),
            WriteResult::ok);
  ASSERT_EQ(arm(1, 2), WriteResult::ok);
  EXPECT_EQ(started(1, 1), WriteResult::stale);
  EXPECT_EQ(finish(1, 1), WriteResult::stale);
  EXPECT_EQ(requeue(1, 1, true), WriteResult::stale);
  ASSERT_EQ(started(1, 2), WriteResult::ok);
  const auto before = read(1);
  EXPECT_EQ(finish(1, 1), WriteResult::stale);
  EXPECT_EQ(requeue(1, 1, false), WriteResult::stale);
  EXPECT_EQ(read(1), before);
  EXPECT_FALSE(transcript(1));
  EXPECT_EQ(finish(1, 2), WriteResult::ok);
}

TEST_P(JobStoreConformance, CancelEndsQueuedAndArmedJobsOnly) {
  EXPECT_EQ(cancel_queued(1), WriteResult::not_found);
  ASSERT_EQ(insert(new_job(1)), WriteResult::ok);
  make_armed(2);
  make_running(3);
  for (const std::uint64_t id : {1, 2}) {
    ASSERT_EQ(cancel_queued(id), WriteResult::ok);
    core::Job expected = new_job(id);
    expected.state = JobState::cancelled;
    expected.ended_at = at(150);
    EXPECT_EQ(read(id), expected);
    EXPECT_EQ(cancel_queued(id), WriteResult::stale);
  }
  EXPECT_EQ(cancel_queued(3), WriteResult::stale);
  EXPECT_EQ(started(2, 1), WriteResult::stale) << "cancelled while it was armed";
  EXPECT_EQ(reopen().queued, 0);
}

TEST_P(JobStoreConformance, RetryQueuesAFailedOrCancelledJobAnew) {
  ports::JobEnd end = failed();
  end.lost = {{1, {core::FailureKind::engine_crashed, "signal 9"}}};
  make_ended(1, end);
  ASSERT_EQ(insert(new_job(2)), WriteResult::ok);
  ASSERT_EQ(insert(new_job(3)), WriteResult::ok);
  ASSERT_EQ(cancel_queued(3), WriteResult::ok);
  ASSERT_EQ(retry(1, {0, 50}), WriteResult::ok);
  ASSERT_EQ(retry(3, {5, 51}), WriteResult::ok);
  core::Job expected = new_job(1);
  expected.attempt = 1;
  expected.queue = {0, 50, {1}};
  EXPECT_EQ(read(1), expected);
  EXPECT_THAT(queue(), ElementsAre(3, 2, 1));
  EXPECT_EQ(arm(1, 1), WriteResult::stale);
  EXPECT_EQ(arm(1, 2), WriteResult::ok) << "a retry goes on counting";
}

TEST_P(JobStoreConformance, MoveGivesAQueuedOrArmedJobAnotherPlace) {
  ASSERT_EQ(insert(new_job(1)), WriteResult::ok);
  ASSERT_EQ(insert(new_job(2)), WriteResult::ok);
  make_armed(3);
  ASSERT_EQ(move(1, {0, 9}), WriteResult::ok);
  EXPECT_THAT(queue(), ElementsAre(2, 1));
  ASSERT_EQ(move(1, {4, 1}), WriteResult::ok);
  EXPECT_THAT(queue(), ElementsAre(1, 2));
  ASSERT_EQ(move(3, {7, 5}), WriteResult::ok);
  EXPECT_EQ(read(3)->queue, (core::QueueKey{7, 5, {3}}));
  EXPECT_EQ(started(3, 1), WriteResult::ok) << "it is armed as before";
  reopen();
  EXPECT_EQ(read(1)->queue, (core::QueueKey{4, 1, {1}}));
}

TEST_P(JobStoreConformance, KeepMakesItNobodysToWaitFor) {
  const auto keep = [&](std::uint64_t id) {
    return wait_for<WriteResult>([&](auto done) { store().keep({id}, done); });
  };
  EXPECT_EQ(keep(1), WriteResult::not_found);
  for (const std::uint64_t id : {1, 2}) {
    core::Job job = new_job(id);
    job.interactive = true;
    ASSERT_EQ(insert(job, true), WriteResult::ok);
  }
  EXPECT_EQ(keep(1), WriteResult::ok);
  EXPECT_FALSE(read(1)->interactive);
  EXPECT_TRUE(read(2)->interactive);
  EXPECT_EQ(started(1, 1), WriteResult::ok) << "it is armed as before";
  ASSERT_EQ(started(2, 1), WriteResult::ok);
  ASSERT_EQ(finish(2, 1, failed()), WriteResult::ok);
  ASSERT_EQ(retry(2, {0, 50}), WriteResult::ok);
  EXPECT_FALSE(read(2)->interactive) << "who retries does not wait";
}

TEST_P(JobStoreConformance, MoveRefusesWhatDoesNotWait) {
  EXPECT_EQ(move(9, {0, 50}), WriteResult::not_found);
  make_running(1);
  make_ended(2, completed());
  for (const std::uint64_t id : {1, 2}) {
    const auto before = read(id);
    EXPECT_EQ(move(id, {0, 50}), WriteResult::stale) << id;
    EXPECT_EQ(read(id), before);
  }
}

TEST_P(JobStoreConformance, RetryRefusesWhatLivesOrWasCompleted) {
  EXPECT_EQ(retry(9, {0, 50}), WriteResult::not_found);
  ASSERT_EQ(insert(new_job(1)), WriteResult::ok);
  make_armed(2);
  make_running(3);
  make_ended(4, completed());
  for (const std::uint64_t id : {1, 2, 3, 4}) {
    const auto before = read(id);
    EXPECT_EQ(retry(id, {0, 50}), WriteResult::stale) << id;
    EXPECT_EQ(read(id), before);
  }
  EXPECT_EQ(reopen().last_id.value, 4U) << "a refused retry uses no id";
}

TEST_P(JobStoreConformance, RemoveForgetsAnEndedJobAndItsTranscript) {
  EXPECT_EQ(remove(1), WriteResult::not_found);
  make_ended(1, completed());
  make_ended(2, failed());
  ASSERT_EQ(insert(new_job(3)), WriteResult::ok);
  make_armed(4);
  make_running(5);
  for (const std::uint64_t id : {3, 4, 5}) EXPECT_EQ(remove(id), WriteResult::stale) << id;
  ASSERT_EQ(remove(1), WriteResult::ok);
  ASSERT_EQ(remove(2), WriteResult::ok);
  EXPECT_EQ(remove(1), WriteResult::not_found);
  EXPECT_FALSE(read(1));
  EXPECT_FALSE(transcript(1));
  reopen();
  EXPECT_THAT(list({}), ElementsAre(5, 4, 3));
}

TEST_P(JobStoreConformance, CallbacksComeInTheOrderOfTheWrites) {
  constexpr int count = 500;
  std::vector<int> order;
  std::vector<WriteResult> results;
  for (int i = 0; i < count; ++i) {
    const auto note = [&, i](WriteResult result) {
      order.push_back(i);
      results.push_back(result);
    };
    const core::JobId id{static_cast<std::uint64_t>(i / 5 + 1)};
    switch (i % 5) {
      case 0:
        store().insert(new_job(id.value), true, note);
        break;
      case 1:
        store().started(id, 1, on_gpu_1, note);
        break;
      case 2:
        store().started(id, 7, on_gpu_1, note);
        break;
      case 3:
        store().finish(id, 1, on_gpu_1, completed({}), note);
        break;
      default:
        store().remove(id, note);
        break;
    }
  }
  harness_->work();
  ASSERT_TRUE(loop_.run_until([&] { return order.size() == count; }));
  for (int i = 0; i < count; ++i) {
    ASSERT_EQ(order[static_cast<std::size_t>(i)], i);
    ASSERT_EQ(results[static_cast<std::size_t>(i)],
              i % 5 == 2 ? WriteResult::stale : WriteResult::ok)
        << i;
  }
  EXPECT_THAT(list({}), IsEmpty());
}

TEST_P(JobStoreConformance, KeepsWhatModelsCostAndReplacesIt) {
  EXPECT_THAT(store().recover().costs, IsEmpty());
  const core::CostRecord medium{"/m/medium.bin 1533 100", "RTX 5070 Ti", {1462, 688, 90, 12, 0, 0}};
  const core::CostRecord elsewhere{medium.model, "RTX 2080 Super", {1500, 700, 0, 0, 1600, 875}};
  const core::CostRecord other{"na\xc3\xafve 'model'", "RTX 5070 Ti", {1, 2, 3, 4, 5, 6}};
  const auto put = [&](const core::CostRecord& record) {
    return wait_for<WriteResult>([&](auto done) { store().put_cost(record, done); });
  };
  for (const auto& record : {medium, elsewhere, other}) EXPECT_EQ(put(record), WriteResult::ok);
  EXPECT_THAT(reopen().costs, ElementsAre(elsewhere, medium, other));
  core::CostRecord more = medium;
  more.cost.least_per_job_mb = 860;
  EXPECT_EQ(put(more), WriteResult::ok);
  EXPECT_THAT(reopen().costs, ElementsAre(elsewhere, more, other));
}

TEST_P(JobStoreConformance, KeepsWhereAnAttemptWasLost) {
  make_running(1);
  const std::vector<core::LostAttempt> lost = {
      {1, {core::FailureKind::out_of_memory, "no VRAM"}, 0},
      {2, {core::FailureKind::out_of_memory, "no VRAM"}, 1},
      {3, {core::FailureKind::daemon_lost, "gone"}, std::nullopt}};
  ASSERT_EQ(requeue(1, 1, true, lost), WriteResult::ok);
  EXPECT_EQ(read(1)->lost, lost);
  reopen();
  EXPECT_EQ(read(1)->lost, lost);
}

// A store may fold writes of one job into one; what comes between them must still be seen.
TEST_P(JobStoreConformance, StartAndEndAskedForTogetherKeepTheirOwnResults) {
  make_armed(1);
  make_armed(2);
  make_armed(3);
  ASSERT_EQ(insert(new_job(4)), WriteResult::ok);
  make_armed(6);
  std::vector<WriteResult> results;
  const auto note = [&](WriteResult result) { results.push_back(result); };
  store().started({1}, 1, on_gpu_1, note);
  store().finish({1}, 1, on_gpu_1, completed(), note);
  store().started({2}, 1, on_gpu_1, note);
  store().requeue({2}, 1, true, {}, note);
  store().finish({2}, 1, on_gpu_1, completed(), note);
  store().started({3}, 2, on_gpu_1, note);
  store().finish({3}, 2, on_gpu_1, completed(), note);
  store().started({4}, 1, on_gpu_1, note);
  store().finish({4}, 1, on_gpu_1, completed(), note);
  store().started({5}, 1, on_gpu_1, note);
  store().finish({5}, 1, on_gpu_1, completed(), note);
  store().started({6}, 2, on_gpu_1, note);
  store().finish({6}, 1, on_gpu_1, completed(), note);
  harness_->work();
  ASSERT_TRUE(loop_.run_until([&] { return results.size() == 13; }));
  using enum WriteResult;
  EXPECT_THAT(results, ElementsAre(ok, ok, ok, ok, stale, stale, stale, stale, stale, not_found,
                                   not_found, stale, ok));
  EXPECT_THAT(list(JobState::completed), ElementsAre(6, 1));
  EXPECT_EQ(reopen().queued, 3);
}

}  // namespace transcribed::conformance
