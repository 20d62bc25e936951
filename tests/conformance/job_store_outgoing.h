// The part of the suite for every JobStore that is about the world outside: recordings that are
// still to be fetched, and webhooks.
#pragma once

#include "tests/conformance/job_store_fixture.h"

namespace transcribed::conformance {

using testing::ElementsAre;
using testing::IsEmpty;

TEST_P(JobStoreConformance, AJobToBeFetchedIsNotInTheQueueUntilItIsFetched) {
  core::Job job = new_job(1);
  job.audio = {};
  job.source_url = "https://example.org/a.mp3";
  job.callback_url = "https://example.org/hook";
  ASSERT_EQ(insert(job), WriteResult::ok);
  ASSERT_EQ(insert(new_job(2)), WriteResult::ok);
  EXPECT_EQ(read(1), job);
  EXPECT_THAT(queue(), ElementsAre(2));
  EXPECT_THAT(list(JobState::queued), ElementsAre(2, 1)) << "users see it as queued";
  EXPECT_EQ(ahead_of(new_job(2).queue), 0);
  EXPECT_EQ(arm(1, 1), WriteResult::stale);
  const auto summary = reopen();
  EXPECT_EQ(summary.queued, 2);
  EXPECT_THAT(summary.to_fetch, ElementsAre(job));

  ASSERT_EQ(fetched(1, {"/data/uploads/1", true}, "interview.mp3"), WriteResult::ok);
  EXPECT_EQ(fetched(1, {"/data/uploads/1", true}), WriteResult::stale);
  EXPECT_EQ(fetched(2, {"/data/uploads/2", true}), WriteResult::stale) << "it was brought";
  EXPECT_EQ(fetched(3, {"/data/uploads/3", true}), WriteResult::not_found);
  job.audio = {"/data/uploads/1", true};
  job.name = "interview.mp3";
  EXPECT_EQ(read(1), job);
  EXPECT_THAT(queue(), ElementsAre(1, 2)) << "at its place";
  EXPECT_THAT(reopen().to_fetch, IsEmpty());
}

TEST_P(JobStoreConformance, AJobToBeFetchedCanEndAndBeRetried) {
  for (const std::uint64_t id : {1, 2}) {
    core::Job job = new_job(id);
    job.audio = {};
    job.source_url = "https://example.org/a.mp3";
    ASSERT_EQ(insert(job), WriteResult::ok);
  }
  ASSERT_EQ(move(2, {3, 7}), WriteResult::ok);
  ASSERT_EQ(cancel_queued(1), WriteResult::ok);
  ASSERT_EQ(end_queued(2, failed(core::FailureKind::fetch_failed)), WriteResult::ok);
  EXPECT_EQ(read(2)->failure, failed(core::FailureKind::fetch_failed).failure);
  EXPECT_EQ(fetched(2, {"/data/uploads/2", true}), WriteResult::stale);
  EXPECT_EQ(reopen().queued, 0);
  ASSERT_EQ(retry(2, {0, 9}), WriteResult::ok);
  EXPECT_THAT(queue(), IsEmpty());
  const auto summary = reopen();
  ASSERT_EQ(summary.to_fetch.size(), 1U) << "there is still no recording";
  EXPECT_EQ(summary.to_fetch[0].failure, std::nullopt);
  ASSERT_EQ(fetched(2, {"/data/uploads/2", true}), WriteResult::ok);
  ASSERT_EQ(end_queued(2, failed()), WriteResult::ok);
  ASSERT_EQ(retry(2, {0, 10}), WriteResult::ok);
  EXPECT_THAT(queue(), ElementsAre(2)) << "its recording is here";
}

TEST_P(JobStoreConformance, AnEndAndItsWebhooksAreOneWrite) {
  const ports::Webhook all{"evt_1", "https://example.org/all", "{\"n\":1}", true};
  const ports::Webhook own{"evt_1", "https://example.com/mine?key=na\xc3\xafve", "{}", false};
  make_running(1);
  ports::JobEnd end = completed();
  end.webhooks = {all, own};
  EXPECT_EQ(finish(1, 7, end), WriteResult::stale);
  EXPECT_THAT(deliveries(), IsEmpty()) << "nothing ended";
  ASSERT_EQ(finish(1, 1, end), WriteResult::ok);
  ASSERT_EQ(insert(new_job(2)), WriteResult::ok);
  ports::JobEnd cancelled;
  cancelled.state = JobState::cancelled;
  cancelled.ended_at = at(150);
  cancelled.webhooks = {own};
  ASSERT_EQ(end_queued(2, cancelled), WriteResult::ok);
  EXPECT_EQ(end_queued(2, cancelled), WriteResult::stale);

  reopen();
  const auto due = deliveries();
  ASSERT_EQ(due.size(), 3U);
  EXPECT_EQ(due[0].webhook, own);
  EXPECT_EQ(due[0].due, at(150)) << "the one that is due first";
  EXPECT_EQ(due[1].webhook, all);
  EXPECT_EQ(due[2].webhook, own);
  EXPECT_EQ(due[2].due, at(200));
  EXPECT_EQ(due[2].attempts, 0);
  EXPECT_EQ(deliveries(2).size(), 2U);
  EXPECT_THAT(deliveries(9, {"example.com", "it's \"odd\""}), ElementsAre(due[1]));
}

TEST_P(JobStoreConformance, DeliveriesArePutOffAndEnd) {
  make_running(1);
  ports::JobEnd end = completed();
  end.webhooks = {{"evt_1", "https://a.example", "1", false},
                  {"evt_1", "https://b.example", "2", false}};
  ASSERT_EQ(finish(1, 1, end), WriteResult::ok);
  const auto put_off = [&](std::int64_t id) {
    return wait_for<WriteResult>(
        [&](auto done) { store().put_off_delivery(id, 3, at(900), done); });
  };
  const auto end_delivery = [&](std::int64_t id) {
    return wait_for<WriteResult>([&](auto done) { store().end_delivery(id, done); });
  };
  const std::int64_t first = deliveries().at(0).id;
  EXPECT_EQ(put_off(first), WriteResult::ok);
  reopen();
  const auto due = deliveries();
  ASSERT_EQ(due.size(), 2U);
  EXPECT_EQ(due[0].webhook.url, "https://b.example");
  EXPECT_EQ(due[1].id, first);
  EXPECT_EQ(due[1].attempts, 3);
  EXPECT_EQ(due[1].due, at(900));
  EXPECT_EQ(end_delivery(due[0].id), WriteResult::ok);
  EXPECT_EQ(end_delivery(due[0].id), WriteResult::not_found);
  EXPECT_EQ(put_off(due[0].id), WriteResult::not_found);
  EXPECT_EQ(remove(1), WriteResult::ok);
  EXPECT_EQ(deliveries().size(), 1U) << "what is to be told is told, of a job that is gone, too";
}

}  // namespace transcribed::conformance
