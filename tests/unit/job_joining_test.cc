// Submissions that ask for what another job does already.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/scheduler_bench.h"

namespace transcribed {
namespace {

using namespace std::chrono_literals;
using core::JobState;
using fakes::SchedulerBench;
using scheduler::JobView;

class Joining : public ::testing::Test {
 protected:
  scheduler::Submission submission(const std::string& content, bool interactive = false) {
    scheduler::Submission out;
    out.id = box.manager->new_id();
    out.name = "talk.mp3";
    out.audio = {"/audio/" + out.id.to_string(), true};
    out.content_sha256 = content;
    out.deduplicate = true;
    out.interactive = interactive;
    return out;
  }
  JobView submit(scheduler::Submission what) {
    JobView out;
    box.manager->submit(std::move(what), [&](auto answer) { out = answer.value(); });
    box.settle();
    return out;
  }

  SchedulerBench box;
};

TEST_F(Joining, TheSameContentGetsTheJobThatIsThere) {
  box.start();
  const JobView first = submit(submission("c1"));
  EXPECT_FALSE(first.joined);
  const JobView again = submit(submission("c1"));
  EXPECT_TRUE(again.joined);
  EXPECT_EQ(again.job.id, first.job.id);
  EXPECT_EQ(again.job.state, JobState::running);
  EXPECT_FALSE(submit(submission("c2")).joined);
  box.exit(first.job.id);
  EXPECT_EQ(submit(submission("c1")).job.state, JobState::completed);
  EXPECT_EQ(box.rows.rows.size(), 2U);
}

TEST_F(Joining, AnotherModelOrOptionIsAnotherJob) {
  box.add_command("other");
  box.start();
  submit(submission("c1"));
  auto with_option = submission("c1");
  with_option.options.language = "de";
  EXPECT_FALSE(submit(with_option).joined);
  auto with_model = submission("c1");
  with_model.model = "other";
  EXPECT_FALSE(submit(with_model).joined);
  auto by_name = submission("c1");
  by_name.model = "cmd";
  EXPECT_TRUE(submit(by_name).joined) << "the default model, named";
}

TEST_F(Joining, WhoDoesNotAskForItGetsAJobOfItsOwnThatOthersMayJoin) {
  box.start();
  auto batch = submission("c1");
  batch.deduplicate = false;
  const JobView first = submit(batch);
  batch.id = box.manager->new_id();
  EXPECT_FALSE(submit(batch).joined);
  EXPECT_TRUE(submit(submission("c1")).joined);
}

TEST_F(Joining, OfTwoAtOnceTheSecondJoinsTheFirst) {
  box.start();
  std::vector<JobView> answers;
  for (int i = 0; i < 5; ++i) {
    box.manager->submit(submission("c1"), [&](auto answer) { answers.push_back(*answer); });
  }
  box.settle();
  ASSERT_EQ(answers.size(), 5U);
  EXPECT_FALSE(answers[0].joined);
  for (std::size_t i = 1; i < 5; ++i) {
    EXPECT_TRUE(answers[i].joined);
    EXPECT_EQ(answers[i].job.id, answers[0].job.id);
  }
}

TEST_F(Joining, WhereTheFirstCannotBeWrittenTheSecondTriesItself) {
  box.start();
  std::vector<bool> written;
  for (int i = 0; i < 2; ++i) {
    box.manager->submit(submission("c1"), [&](auto answer) {
      written.push_back(answer.has_value());
      box.store->fail_writes_with.reset();
    });
  }
  box.store->fail_writes_with = ports::WriteResult::disk_full;
  box.settle();
  EXPECT_EQ(written, (std::vector{false, true}));
}

TEST_F(Joining, AFailedOrOldJobIsNotJoined) {
  box.start();
  const JobView failed = submit(submission("c1"));
  box.exit(failed.job.id, 1);
  EXPECT_FALSE(submit(submission("c1")).joined);
  const JobView done = submit(submission("c2"));
  box.exit(done.job.id);
  EXPECT_TRUE(submit(submission("c2")).joined);
  box.advance(25h);
  EXPECT_FALSE(submit(submission("c2")).joined);
}

TEST_F(Joining, SurvivesARestart) {
  box.start();
  const JobView first = submit(submission("c1"));
  box.crash();
  box.start();
  const JobView again = submit(submission("c1"));
  EXPECT_TRUE(again.joined);
  EXPECT_EQ(again.job.id, first.job.id);
}

TEST_F(Joining, ABatchJobThatSomebodyWaitsForNowMovesUp) {
  box.start();
  box.submit_many(5);
  std::vector<core::JobId> waiting = box.submit_many(20);
  const JobView batch = submit(submission("c1"));
  const JobView asked = submit(submission("c1", true));
  EXPECT_EQ(asked.job.id, batch.job.id);
  ASSERT_TRUE(asked.reason);
  EXPECT_EQ(asked.reason->message, "all 5 slots busy") << "it is the first in line now";
}

}  // namespace
}  // namespace transcribed
