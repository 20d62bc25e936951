// Who is told of a job's end, and how often it is tried: in virtual time, with a fetcher played by
// hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json/parse.hpp>

#include "tests/fakes/scheduler_bench.h"
#include "wire/fetcher_protocol.h"

namespace transcribed {
namespace {

using namespace std::chrono_literals;
namespace fetcher = wire::fetcher;
namespace json = boost::json;
using core::JobState;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* everybody = "https://home.example/all?key=1";
constexpr const char* submitter = "https://client.example/hook/SECRET";

class Webhooks : public ::testing::Test {
 protected:
  core::JobId submit(const std::string& callback) {
    scheduler::Submission submission;
    submission.id = box.manager->new_id();
    submission.name = "a.wav";
    submission.audio = {"/audio/" + submission.id.to_string(), false};
    submission.callback_url = callback;
    const core::JobId id = submission.id;
    box.manager->submit(std::move(submission), [](auto answer) { EXPECT_TRUE(answer); });
    box.settle();
    return id;
  }
  std::vector<fetcher::Post> posts() {
    std::vector<fetcher::Post> out;
    for (const auto& one : box.told_to_fetcher()) out.push_back(std::get<fetcher::Post>(one));
    return out;
  }
  fetcher::Post post() {
    const auto all = posts();
    EXPECT_THAT(all, SizeIs(1));
    return all.empty() ? fetcher::Post{} : all[0];
  }
  void advance(std::chrono::milliseconds by) { box.advance_with_fetcher(by); }
  void say(const fetcher::FromFetcher& message) { box.fetcher_says(message); }
  void answer(const fetcher::Post& post, int status, std::optional<std::int64_t> retry = {}) {
    say(fetcher::Posted{post.id, status, retry});
  }

  fakes::SchedulerBench box;
};

TEST_F(Webhooks, TellWhoAskedAndWhoIsConfigured) {
  box.options.webhooks = {everybody};
  box.start();
  const auto id = submit(submitter);
  EXPECT_THAT(posts(), IsEmpty());
  box.exit(id);
  const auto sent = posts();
  ASSERT_THAT(sent, SizeIs(2));
  EXPECT_EQ(sent[0].url, everybody);
  EXPECT_TRUE(sent[0].allow_private) << "whoever writes the configuration owns the network";
  EXPECT_EQ(sent[1].url, submitter);
  EXPECT_FALSE(sent[1].allow_private);
  const json::object event = json::parse(sent[1].body).as_object();
  EXPECT_EQ(event.at("type"), "transcription.completed");
  EXPECT_EQ(event.at("data").at("id"), json::value(id.to_string()));
  EXPECT_EQ(event.at("data").at("state"), "completed");
  EXPECT_EQ(sent[1].headers.at("webhook-id"), event.at("id").as_string().c_str());
  const auto seconds = std::chrono::floor<std::chrono::seconds>(box.clock.wall_now());
  EXPECT_EQ(sent[1].headers,
            wire::webhook_headers(*wire::parse_webhook_secret(box.webhook_secret),
                                  event.at("id").as_string().c_str(),
                                  seconds.time_since_epoch().count(), sent[1].body));
  for (const auto& one : sent) answer(one, 204);
  EXPECT_THAT(box.rows.deliveries, IsEmpty());
  advance(100h);
  EXPECT_THAT(posts(), IsEmpty()) << "once";
}

TEST_F(Webhooks, NobodyIsToldWhereNobodyAsked) {
  box.start();
  box.exit(submit(""));
  EXPECT_THAT(box.rows.deliveries, IsEmpty());
  EXPECT_THAT(box.fetcher_launcher.launched, IsEmpty());
}

TEST_F(Webhooks, TellOfFailuresAndCancelsToo) {
  box.start();
  box.exit(submit(submitter), 3);
  auto sent = post();
  EXPECT_EQ(json::parse(sent.body).at("type"), "transcription.failed");
  answer(sent, 200);
  const auto running = submit(submitter);
  std::vector<core::JobId> others;
  for (int i = 0; i < 4; ++i) others.push_back(box.submit());
  const auto queued = submit(submitter);
  box.cancel(queued);
  sent = post();
  EXPECT_EQ(json::parse(sent.body).at("type"), "transcription.cancelled");
  EXPECT_EQ(json::parse(sent.body).at("data").at("id"), json::value(queued.to_string()));
  answer(sent, 200);
  box.manager->cancel(running, [](auto) {});
  box.process_of(running)->die(15);
  box.settle();
  sent = post();
  EXPECT_EQ(json::parse(sent.body).at("type"), "transcription.cancelled");
  EXPECT_EQ(json::parse(sent.body).at("data").at("id"), json::value(running.to_string()));
}

TEST_F(Webhooks, AJobThatEndsAgainIsAnotherEvent) {
  box.start();
  const auto id = submit(submitter);
  box.exit(id, 3);
  const auto first = post();
  answer(first, 200);
  advance(1s);
  box.retry(id);
  box.exit(id);
  const auto second = post();
  EXPECT_NE(first.headers.at("webhook-id"), second.headers.at("webhook-id"));
  EXPECT_EQ(json::parse(second.body).at("type"), "transcription.completed");
}

TEST_F(Webhooks, AreTriedAgainOverDays) {
  box.start();
  box.exit(submit(submitter));
  const auto first = post();
  say(fetcher::Failed{first.id, fetcher::FailureKind::unreachable, {}, "nobody answers"});
  EXPECT_THAT(box.lines, Contains("WARN: Webhook " + first.headers.at("webhook-id") +
                                  " to client.example failed, again in 5 s: nobody answers"))
      << "the rest of the URL is nobody's business";
  advance(4999ms);
  EXPECT_THAT(posts(), IsEmpty());
  advance(1ms);
  auto again = post();
  EXPECT_EQ(again.headers.at("webhook-id"), first.headers.at("webhook-id"));
  EXPECT_EQ(again.body, first.body);
  EXPECT_NE(again.headers.at("webhook-timestamp"), first.headers.at("webhook-timestamp"));
  answer(again, 500);
  const std::chrono::milliseconds pauses[] = {5min, 30min, 2h, 5h, 10h, 14h, 20h, 24h};
  for (const auto pause : pauses) {
    advance(pause - 1ms);
    ASSERT_THAT(posts(), IsEmpty());
    advance(1ms);
    again = post();
    answer(again, 503);
  }
  EXPECT_THAT(box.lines, Contains(HasSubstr("given up after 10 attempts: status 503")));
  EXPECT_THAT(box.rows.deliveries, IsEmpty());
}

TEST_F(Webhooks, RespectWhatTheReceiverAsksFor) {
  box.start();
  box.exit(submit(submitter));
  answer(post(), 503, 3600);
  advance(3599s);
  EXPECT_THAT(posts(), IsEmpty());
  advance(1s);
  answer(post(), 410);
  EXPECT_THAT(box.rows.deliveries, IsEmpty()) << "it wants no more of this";
}

TEST_F(Webhooks, AnAddressThatIsRefusedIsNotTriedAgain) {
  box.start();
  box.exit(submit("http://10.0.0.1/"));
  const auto sent = post();
  say(fetcher::Failed{sent.id, fetcher::FailureKind::refused_address, {}, "private use"});
  EXPECT_THAT(box.rows.deliveries, IsEmpty());
  EXPECT_THAT(box.lines, Contains(HasSubstr("given up after 1 attempt: private use")));
}

TEST_F(Webhooks, ARestartLosesNone) {
  box.start();
  box.exit(submit(submitter));
  const auto first = post();
  box.crash();  // before it was answered
  box.start();
  const auto second = post();
  EXPECT_EQ(second.headers.at("webhook-id"), first.headers.at("webhook-id"));
  answer(second, 500);
  box.crash();
  box.start();
  EXPECT_THAT(posts(), IsEmpty()) << "its time has not come";
  advance(5s);
  answer(post(), 200);
  EXPECT_THAT(box.rows.deliveries, IsEmpty());
}

TEST_F(Webhooks, AFewAreOnTheirWayAtOnceAndNoneIsForgotten) {
  box.start();
  for (int i = 0; i < 30; ++i) box.exit(submit(submitter));
  std::size_t delivered = 0;
  for (int round = 0; round < 30 && delivered < 30; ++round) {
    const auto sent = posts();
    EXPECT_LE(sent.size(), 8U);
    for (const auto& one : sent) answer(one, 200);
    delivered += sent.size();
  }
  EXPECT_EQ(delivered, 30U);
  EXPECT_THAT(box.rows.deliveries, IsEmpty());
}

TEST_F(Webhooks, AReceiverThatDoesNotAnswerHoldsUpNoOther) {
  box.start();
  for (int i = 0; i < 30; ++i) box.exit(submit("http://dead.example/" + std::to_string(i)));
  EXPECT_THAT(posts(), SizeIs(2));
  box.exit(submit(submitter));
  const auto sent = post();
  EXPECT_EQ(sent.url, submitter);
  answer(sent, 200);
  EXPECT_EQ(box.rows.deliveries.size(), 30U);
  EXPECT_THAT(posts(), IsEmpty());
}

TEST_F(Webhooks, WhatIsMoreThanTheFetcherTakesIsGivenUp) {
  box.start();
  scheduler::Submission large;
  large.id = box.manager->new_id();
  large.audio = {"/audio/" + large.id.to_string(), false};
  large.callback_url = submitter;
  large.options.initial_prompt = std::string(1 << 19, '"');
  const auto id = large.id;
  box.manager->submit(std::move(large), [](auto answer) { EXPECT_TRUE(answer); });
  box.settle();
  box.exit(id);
  EXPECT_THAT(box.rows.deliveries, IsEmpty());
  EXPECT_THAT(box.lines, Contains(HasSubstr("more than the fetcher takes at once")));
  box.exit(submit(submitter));
  answer(post(), 200);
}

TEST_F(Webhooks, AFullDiskSendsNothingTwiceInARow) {
  box.start();
  box.exit(submit(submitter));
  const auto sent = post();
  box.store->fail_writes_with = ports::WriteResult::disk_full;
  answer(sent, 200);
  advance(5s);
  EXPECT_THAT(posts(), IsEmpty());
  box.store->fail_writes_with.reset();
  advance(1s);
  EXPECT_THAT(box.rows.deliveries, IsEmpty());
}

}  // namespace
}  // namespace transcribed
