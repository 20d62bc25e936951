// Jobs whose recording comes from a URL, in virtual time, with a fetcher played by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/scheduler_bench.h"
#include "wire/fetcher_protocol.h"

namespace transcribed {
namespace {

using namespace std::chrono_literals;
namespace fetcher = wire::fetcher;
using core::JobState;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Fetches : public ::testing::Test {
 protected:
  core::JobId submit(const std::string& url, std::string name = "talk.mp3",
                     const std::string& callback = "") {
    scheduler::Submission submission;
    submission.id = box.manager->new_id();
    submission.name = std::move(name);
    submission.source_url = url;
    submission.callback_url = callback;
    const core::JobId id = submission.id;
    box.manager->submit(std::move(submission), [](auto answer) { EXPECT_TRUE(answer); });
    box.settle();
    return id;
  }
  std::vector<fetcher::ToFetcher> told() { return box.told_to_fetcher(); }
  std::vector<fetcher::Fetch> fetches() {
    std::vector<fetcher::Fetch> out;
    for (const auto& one : told()) {
      if (const auto* fetch = std::get_if<fetcher::Fetch>(&one)) out.push_back(*fetch);
    }
    return out;
  }
  fetcher::Fetch fetch() {
    const auto all = fetches();
    EXPECT_EQ(all.size(), 1U);
    return all.empty() ? fetcher::Fetch{} : all[0];
  }
  void advance(std::chrono::milliseconds by) { box.advance_with_fetcher(by); }
  void say(const fetcher::FromFetcher& message) { box.fetcher_says(message); }
  void fail(const std::string& id, fetcher::FailureKind kind, std::optional<int> status = {}) {
    say(fetcher::Failed{id, kind, status, "it did not work"});
  }

  fakes::SchedulerBench box;
};

TEST_F(Fetches, RunTheJobOnceItsRecordingIsHere) {
  box.start();
  EXPECT_THAT(box.fetcher_launcher.launched, IsEmpty()) << "nothing to do, nothing runs";
  const auto id = submit("https://example.org/talk.mp3?key=1");
  EXPECT_EQ(box.state(id), JobState::queued);
  EXPECT_EQ(box.view(id).reason, (core::Reason{"fetching", "its recording is being fetched"}));
  const auto wanted = fetch();
  EXPECT_EQ(wanted.url, "https://example.org/talk.mp3?key=1");
  EXPECT_EQ(wanted.file, "/data/uploads/" + id.to_string());
  EXPECT_EQ(wanted.max_bytes, 4096 * core::bytes_per_mb);
  EXPECT_FALSE(wanted.allow_private);
  say(fetcher::FetchProgress{wanted.id, 12 << 20, 340 << 20});
  EXPECT_EQ(box.reason(id), "its recording is being fetched: 12 of 340 MB");
  EXPECT_THAT(box.launcher.launched, IsEmpty());
  say(fetcher::Fetched{wanted.id, 340 << 20, "audio/mpeg", "Interview.mp3"});
  EXPECT_EQ(box.state(id), JobState::running);
  EXPECT_EQ(box.view(id).job.name, "Interview.mp3") << "the server's name, where none was given";
  EXPECT_THAT(box.launcher.last().spec.argv, ElementsAre("run", "/data/uploads/" + id.to_string()));
  box.launcher.last().exit(0);
  box.settle();
  EXPECT_EQ(box.state(id), JobState::completed);
}

TEST_F(Fetches, KeepTheNameThatWasGiven) {
  box.start();
  const auto id = submit("https://example.org/talk.mp3", "Board meeting");
  say(fetcher::Fetched{fetch().id, 5, "audio/mpeg", "x.mp3"});
  EXPECT_EQ(box.view(id).job.name, "Board meeting");
}

TEST_F(Fetches, HoldUpNobodyAndKeepTheirPlace) {
  box.start();
  box.submit_many(5);
  const auto first = submit("https://example.org/1");
  const auto later = box.submit();
  EXPECT_EQ(box.reason(later), "all 5 slots busy");
  say(fetcher::Fetched{fetch().id, 5, "", ""});
  EXPECT_EQ(box.reason(first), "all 5 slots busy");
  EXPECT_THAT(box.reason(later), HasSubstr("2nd in line"));
}

TEST_F(Fetches, AreAFewAtOnceInOrder) {
  box.start();
  std::vector<core::JobId> ids;
  for (int i = 0; i < 4; ++i) ids.push_back(submit("https://example.org/" + std::to_string(i)));
  const auto begun = fetches();
  ASSERT_EQ(begun.size(), 2U) << "as many as are set";
  EXPECT_EQ(box.reason(ids[3]), "its recording is to be fetched, 2nd in line");
  say(fetcher::Fetched{begun[0].id, 5, "", ""});
  EXPECT_EQ(fetch().url, "https://example.org/2");
  EXPECT_EQ(box.manager->status().pending_jobs, 3);
}

TEST_F(Fetches, AreTriedAgainWhereThatCanHelp) {
  box.start();
  const auto id = submit("https://example.org/a");
  fail(fetch().id, fetcher::FailureKind::unreachable);
  EXPECT_EQ(box.reason(id),
            "its recording could not be fetched (it did not work): trying again in 10 s");
  advance(9999ms);
  EXPECT_THAT(fetches(), IsEmpty());
  advance(1ms);
  fail(fetch().id, fetcher::FailureKind::http_status, 503);
  advance(2min);
  fail(fetch().id, fetcher::FailureKind::timeout);
  EXPECT_EQ(box.state(id), JobState::failed) << "that was the third";
  EXPECT_EQ(box.view(id).job.failure,
            (core::Failure{core::FailureKind::fetch_failed, "it did not work"}));
  EXPECT_EQ(box.manager->status().pending_jobs, 0);
  // And whoever knows better says so.
  EXPECT_FALSE(box.retry(id));
  say(fetcher::Fetched{fetch().id, 5, "", ""});
  EXPECT_EQ(box.state(id), JobState::running);
}

TEST_F(Fetches, FailAtOnceWhereTryingAgainCannotHelp) {
  using Kind = fetcher::FailureKind;
  box.start();
  for (const Kind kind : {Kind::refused_address, Kind::bad_url, Kind::too_large, Kind::tls}) {
    const auto id = submit("https://example.org/a");
    fail(fetch().id, kind);
    EXPECT_EQ(box.state(id), JobState::failed) << fetcher::to_string(kind);
  }
  const auto id = submit("https://example.org/a");
  fail(fetch().id, Kind::http_status, 404);
  EXPECT_EQ(box.state(id), JobState::failed);
}

TEST_F(Fetches, WaitForAFullDiskAsLongAsItTakes) {
  box.start();
  const auto id = submit("https://example.org/a");
  for (int i = 0; i < 10; ++i) {
    fail(fetch().id, fetcher::FailureKind::disk_full);
    EXPECT_EQ(box.state(id), JobState::queued);
    advance(1min);
  }
  say(fetcher::Fetched{fetch().id, 5, "", ""});
  EXPECT_EQ(box.state(id), JobState::running);
}

TEST_F(Fetches, ACancelCallsThemOff) {
  box.start();
  const auto first = submit("https://example.org/1");
  const auto second = submit("https://example.org/2");
  const auto third = submit("https://example.org/3");
  const auto begun = fetches();
  ASSERT_EQ(begun.size(), 2U);
  EXPECT_FALSE(box.cancel(third)) << "in line";
  EXPECT_FALSE(box.cancel(first));
  const auto lines = told();
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(std::get<fetcher::Cancel>(lines[0]).id, begun[0].id);
  fail(begun[0].id, fetcher::FailureKind::cancelled);
  EXPECT_EQ(box.state(first), JobState::cancelled);
  EXPECT_EQ(box.state(third), JobState::cancelled);
  EXPECT_EQ(box.state(second), JobState::queued);
  EXPECT_EQ(box.manager->status().pending_jobs, 1);
}

TEST_F(Fetches, ARecordingThatComesAfterTheCancelIsDeleted) {
  box.start();
  const auto id = submit("https://example.org/1");
  const auto wanted = fetch();
  box.manager->cancel(id, [](auto) {});
  box.fetcher_launcher.last().print(fetcher::to_line(fetcher::Fetched{wanted.id, 5, "", ""}));
  box.settle();
  EXPECT_EQ(box.state(id), JobState::cancelled);
  EXPECT_THAT(box.launcher.launched, IsEmpty());
  EXPECT_THAT(box.forgotten, ElementsAre("/data/uploads/" + id.to_string()));
}

TEST_F(Fetches, GoOnAfterARestart) {
  box.start();
  const auto id = submit("https://example.org/1");
  const auto waiting = submit("https://example.org/2");
  say(fetcher::FetchProgress{fetches()[0].id, 1 << 20, {}});
  box.crash();
  box.start();
  const auto again = fetches();
  ASSERT_EQ(again.size(), 2U);
  EXPECT_EQ(again[0].url, "https://example.org/1");
  EXPECT_EQ(box.manager->status().pending_jobs, 2);
  say(fetcher::Fetched{again[0].id, 5, "", ""});
  EXPECT_EQ(box.state(id), JobState::running);
  EXPECT_EQ(box.state(waiting), JobState::queued);
}

TEST_F(Fetches, SurviveTheirFetcher) {
  box.start();
  const auto id = submit("https://example.org/1");
  fetch();
  box.fetcher_launcher.last().die(11);
  box.settle();
  EXPECT_THAT(box.reason(id), HasSubstr("the fetcher was ended by signal 11 (SIGSEGV)"));
  advance(10s);
  ASSERT_EQ(box.fetcher_launcher.launched.size(), 2U);
  say(fetcher::Fetched{fetch().id, 5, "", ""});
  EXPECT_EQ(box.state(id), JobState::running);
}

TEST_F(Fetches, EndTheirFetcherWhenThereIsNothingToFetch) {
  box.start();
  submit("https://example.org/1");
  say(fetcher::Fetched{fetch().id, 5, "", ""});
  box.advance(59s);
  EXPECT_FALSE(box.fetcher_launcher.last().asked_to_end);
  box.advance(1s);
  EXPECT_TRUE(box.fetcher_launcher.last().asked_to_end);
  // What comes while it is on its way out is for the next one.
  const auto id = submit("https://example.org/2");
  EXPECT_THAT(fetches(), IsEmpty());
  box.fetcher_launcher.last().exit(0);
  box.settle();
  ASSERT_EQ(box.fetcher_launcher.launched.size(), 2U);
  say(fetcher::Fetched{fetch().id, 5, "", ""});
  EXPECT_THAT(box.launcher.last().spec.argv, testing::Contains("/data/uploads/" + id.to_string()));
}

TEST_F(Fetches, LeaveNothingOfADeadFetcherInTheWay) {
  box.start();
  const auto id = submit("https://example.org/1");
  fetch();
  box.fetcher_launcher.last().die(9);
  box.settle();
  EXPECT_THAT(box.forgotten, ElementsAre("/data/uploads/" + id.to_string() + ".part"));
}

TEST_F(Fetches, TellAPlaceInAShortLineOnly) {
  box.start();
  std::vector<core::JobId> ids;
  for (int i = 0; i < 110; ++i) ids.push_back(submit("https://example.org/a"));
  EXPECT_EQ(box.reason(ids[101]), "its recording is to be fetched, 100th in line");
  EXPECT_EQ(box.reason(ids[102]), "its recording is to be fetched, more than 100 are before it");
}

TEST_F(Fetches, AFetcherThatSpeaksNonsenseIsEnded) {
  box.start();
  const auto id = submit("https://example.org/1");
  box.fetcher_launcher.last().print("hello\n");
  EXPECT_TRUE(box.fetcher_launcher.last().asked_to_end);
  box.fetcher_launcher.last().die(15);
  box.settle();
  EXPECT_THAT(box.reason(id), HasSubstr("trying again in 10 s"));
}

TEST_F(Fetches, ADiskThatTakesNothingLosesNothing) {
  box.start();
  const auto id = submit("https://example.org/1");
  const auto wanted = fetch();
  box.store->fail_writes_with = ports::WriteResult::disk_full;
  say(fetcher::Fetched{wanted.id, 5, "", ""});
  advance(5s);
  EXPECT_EQ(box.state(id), JobState::queued);
  box.store->fail_writes_with.reset();
  advance(1s);
  EXPECT_EQ(box.state(id), JobState::running);
}

TEST_F(Fetches, StopWithTheServer) {
  box.start();
  const auto id = submit("https://example.org/1");
  fetch();
  bool drained = false;
  box.manager->drain(30s, [&] { drained = true; });
  box.settle();
  EXPECT_TRUE(drained);
  EXPECT_EQ(box.rows.rows.at(id.value).job.state, JobState::queued);
}

}  // namespace
}  // namespace transcribed
