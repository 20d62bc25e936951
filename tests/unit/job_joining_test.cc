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

TEST_F(Joining, AJobThatIsBeingCancelledServesNobody) {
  box.start();
  const JobView first = submit(submission("c1"));
  ASSERT_EQ(first.job.state, JobState::running);
  box.manager->cancel(first.job.id, [](auto) {});
  box.settle();
  const JobView second = submit(submission("c1"));
  EXPECT_FALSE(second.joined) << "its engine has not ended yet, but there will be no transcript";
  // In line, with the cancel on its way to the disk.
  box.submit_many(5);
  const JobView third = submit(submission("c3"));
  box.manager->cancel(third.job.id, [](auto) {});
  EXPECT_FALSE(submit(submission("c3")).joined);
}

TEST_F(Joining, WhoMayHaveNoMoreInLineMayStillJoin) {
  box.options.limits_of = [](const std::string&) {
    return core::KeyLimits{.max_running = 1, .max_queued = 1, .max_upload_mb = {}};
  };
  box.start();
  box.submit("", 0, {"office", false, 0});
  auto waiting = submission("c1", true);
  waiting.owner = "office";
  const JobView first = submit(waiting);
  EXPECT_EQ(first.job.state, JobState::queued);
  auto again = submission("c1", true);
  again.owner = "office";
  EXPECT_EQ(submit(again).job.id, first.job.id);
  auto another = submission("c2", true);
  another.owner = "office";
  std::optional<scheduler::Refusal> refusal;
  box.manager->submit(another, [&](auto answer) { refusal = answer.error(); });
  box.settle();
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->why, scheduler::Refusal::Why::too_many_queued);
}

TEST_F(Joining, ABatchThatJoinsMakesItAJobOfTheBatch) {
  box.start();
  const JobView asked = submit(submission("c1", true));
  EXPECT_TRUE(asked.job.interactive);
  const JobView batch = submit(submission("c1"));
  EXPECT_EQ(batch.job.id, asked.job.id);
  EXPECT_FALSE(batch.job.interactive);
  EXPECT_FALSE(submit(submission("c1", true)).job.interactive) << "and stays one";
  box.exit(asked.job.id);
  EXPECT_FALSE(box.view(asked.job.id).job.interactive);
}

TEST_F(Joining, NeverMovesAJobBack) {
  box.start();
  box.submit_many(5);
  const JobView batch = submit(submission("c1"));
  for (int i = 0; i < 12; ++i) submit(submission("other" + std::to_string(i), true));
  box.move(batch.job.id, scheduler::MoveTo::front);
  EXPECT_EQ(box.reason(batch.job.id), "all 5 slots busy");
  EXPECT_TRUE(submit(submission("c1", true)).joined);
  EXPECT_EQ(box.reason(batch.job.id), "all 5 slots busy") << "first in line as before";
}

}  // namespace
}  // namespace transcribed
