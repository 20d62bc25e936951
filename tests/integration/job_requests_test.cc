// Cancel at each point of a job's life, retry, delete and list, over HTTP.
#include <boost/json/array.hpp>

#include "tests/integration/daemon_fixture.h"

namespace transcribed::tests {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class JobRequests : public DaemonTest {
 protected:
  // Five that run, and so every slot taken.
  void fill_the_box() {
    for (std::size_t i = 1; i <= 5; ++i) {
      running_.push_back(api().submit(recording("filler")));
      ASSERT_TRUE(engines_.saw("start", i));
    }
  }
  void let_the_box_finish() {
    engines_.let_pass(static_cast<int>(running_.size()));
    for (const std::string& id : running_) api().wait_for(id, "completed");
  }
  // Cancels and expects it to have worked, at once.
  void expect_cancelled(const std::string& id) {
    const HttpAnswer answer = api().cancel(id);
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(text_at(answer.json(), "state"), "cancelled");
    EXPECT_EQ(api().state(id), "cancelled");
    EXPECT_EQ(api().cancel(id).status, 409) << "it has ended";
  }
  std::int64_t pending() { return number_at(api().get("/api/resources").json(), "pending_jobs"); }
  bool ever_started(const std::string& id) {
    return std::ranges::any_of(engines_.entries("start"),
                               [&](const LedgerEntry& entry) { return entry.job == id; });
  }

  std::vector<std::string> running_;
};

TEST_F(JobRequests, AJobInLineIsCancelledAndNeverStarts) {
  start(engines_.command_model("held"));
  fill_the_box();
  const std::string head = api().submit(recording("head"));
  const std::string second = api().submit(recording("second"));
  const std::string third = api().submit(recording("third"));
  ASSERT_TRUE(daemon_->says("All GPU slots busy, job " + head + " queued"));
  EXPECT_EQ(pending(), 3);

  expect_cancelled(second);
  EXPECT_EQ(pending(), 2);
  EXPECT_EQ(api().reason(third), "slots_busy: all 5 slots busy, 2nd in line");
  // The one at the head, which waits for a slot.
  expect_cancelled(head);
  EXPECT_EQ(pending(), 1);
  EXPECT_EQ(api().reason(third), "slots_busy: all 5 slots busy");

  engines_.let_pass();
  let_the_box_finish();
  EXPECT_EQ(text_at(api().wait_for(third, "completed"), "state"), "completed");
  EXPECT_FALSE(ever_started(head));
  EXPECT_FALSE(ever_started(second));
  EXPECT_EQ(api().slots_used(), 0) << "no slot leaked";
  stop();
}

TEST_F(JobRequests, ARunningCommandIsEndedAndItsSlotGoesToTheNext) {
  start(engines_.command_model("held"));
  fill_the_box();
  const std::string next = api().submit(recording("next"));
  expect_cancelled(running_[2]);
  EXPECT_TRUE(
      daemon_->says("INFO: Job " + running_[2] + " cancelled, GPU 1 slot released (1/2 now used)"));
  ASSERT_TRUE(engines_.saw("start", 6));
  EXPECT_EQ(engines_.entries("start").back().job, next);
  EXPECT_EQ(api().get("/api/jobs/" + running_[2] + "/transcript").status, 409);
  engines_.let_pass(5);
  EXPECT_EQ(text_at(api().wait_for(next, "completed"), "state"), "completed");
  stop();
}

TEST_F(JobRequests, ARunningJobOfAWorkerIsCancelledAndTheWorkerStays) {
  start(engines_.worker_model("puppet"));
  const std::string id = api().submit(recording("gate"));
  ASSERT_TRUE(engines_.saw("start", 1));
  expect_cancelled(id);
  EXPECT_EQ(engines_.entries("cancelled").size(), 1U) << "the worker was asked";
  const std::string next = api().submit(recording("done"));
  EXPECT_EQ(text_at(api().wait_for(next, "completed"), "state"), "completed");
  EXPECT_EQ(engines_.entries("start")[0].pid, engines_.entries("start")[1].pid);
  stop();
}

TEST_F(JobRequests, AJobWhoseWorkerDoesNotObeyIsCancelledAllTheSame) {
  start(engines_.worker_model("puppet"));
  const std::string id = api().submit(recording("hang"));
  ASSERT_TRUE(engines_.saw("start", 1));
  expect_cancelled(id);
  EXPECT_TRUE(processes_of(data_folder()).empty());
  EXPECT_EQ(api().slots_used(), 0);
  stop();
}

TEST_F(JobRequests, AJobWhoseModelIsBeingLoadedIsCancelledAtOnce) {
  // Never says that it is ready.
  start("[models.slow]\nengine = \"worker\"\ncommand = [\"/bin/sleep\", \"1000\"]\n");
  const std::string id = api().submit(recording("x"));
  ASSERT_TRUE(daemon_->says("Job " + id + " assigned to GPU 0"));
  EXPECT_EQ(api().state(id), "running");
  EXPECT_THAT(api().reason(id), HasSubstr("starting: model slow is being loaded"));
  expect_cancelled(id);
  EXPECT_EQ(api().slots_used(), 0);
  stop();
}

TEST_F(JobRequests, AnEndedJobCannotBeCancelledAndACompletedOneNotRetried) {
  start(engines_.command_model("held"));
  const std::string id = api().submit(recording("x"));
  engines_.let_pass();
  api().wait_for(id, "completed");
  const HttpAnswer cancelled = api().cancel(id);
  EXPECT_EQ(cancelled.status, 409);
  EXPECT_THAT(cancelled.message(), HasSubstr("completed"));
  EXPECT_EQ(api().retry(id).status, 409);
  EXPECT_EQ(api().transcript(id, "txt"), "heard x\n");
  EXPECT_EQ(api().cancel("d000000000000").status, 404);
  EXPECT_EQ(api().retry("d000000000000").status, 404);
  EXPECT_EQ(api().remove("/api/jobs/d000000000000").status, 404);
  stop();
}

TEST_F(JobRequests, ACancelledJobIsRetriedUnderItsOwnId) {
  start(engines_.command_model("held"));
  const std::string id = api().submit(recording("x"));
  ASSERT_TRUE(engines_.saw("start", 1));
  EXPECT_EQ(api().retry(id).status, 409) << "it runs";
  expect_cancelled(id);
  const HttpAnswer again = api().retry(id);
  EXPECT_EQ(again.status, 200) << again.body;
  EXPECT_EQ(text_at(again.json(), "id"), id);
  engines_.let_pass();
  const boost::json::object job = api().wait_for(id, "completed");
  EXPECT_EQ(text_at(job, "state"), "completed");
  EXPECT_EQ(number_at(job, "attempt"), 2);
  EXPECT_THAT(job.at("lost_attempts").as_array(), IsEmpty());
  stop();
}

TEST_F(JobRequests, AnEndedJobIsDeletedWithItsUploadAndTranscript) {
  start(engines_.command_model("held"));
  const HttpAnswer taken = api().upload("a.wav", "content");
  ASSERT_EQ(taken.status, 201) << taken.body;
  const std::string id = text_at(taken.json(), "id");
  ASSERT_TRUE(engines_.saw("start", 1));
  const HttpAnswer alive = api().remove("/api/jobs/" + id);
  EXPECT_EQ(alive.status, 409);
  EXPECT_THAT(alive.message(), HasSubstr("cancel it"));
  engines_.let_pass();
  api().wait_for(id, "completed");
  EXPECT_EQ(api().transcript(id, "txt"), "heard content\n");
  EXPECT_TRUE(std::filesystem::exists(data_folder() / "uploads" / id));
  EXPECT_EQ(api().remove("/api/jobs/" + id).status, 200);
  EXPECT_EQ(api().get("/api/jobs/" + id).status, 404);
  EXPECT_EQ(api().get("/api/jobs/" + id + "/transcript").status, 404);
  EXPECT_TRUE(eventually([&] { return !std::filesystem::exists(data_folder() / "uploads" / id); }));
  stop();
}

TEST_F(JobRequests, JobsAreListedNewestFirstByStateAndPage) {
  start(engines_.command_model("held"));
  fill_the_box();
  std::vector<std::string> queued;
  for (int i = 0; i < 3; ++i) queued.push_back(api().submit(recording("q")));
  const auto ids_in = [](const boost::json::object& page) {
    std::vector<std::string> out;
    for (const boost::json::value& job : page.at("jobs").as_array()) {
      out.push_back(text_at(job.as_object(), "id"));
    }
    return out;
  };
  const boost::json::object waiting = api().get("/api/jobs?state=queued").json();
  EXPECT_THAT(ids_in(waiting), ElementsAre(queued[2], queued[1], queued[0]));
  EXPECT_TRUE(waiting.at("next_cursor").is_null());
  EXPECT_EQ(ids_in(api().get("/api/jobs?state=running").json()).size(), 5U);

  std::vector<std::string> all;
  std::string more;
  for (int page = 0; page < 3; ++page) {
    const boost::json::object jobs = api().get("/api/jobs?limit=3" + more).json();
    for (const std::string& id : ids_in(jobs)) all.push_back(id);
    if (jobs.at("next_cursor").is_null()) break;
    more = "&cursor=" + text_at(jobs, "next_cursor");
  }
  std::vector<std::string> expected = running_;
  expected.insert(expected.end(), queued.begin(), queued.end());
  std::ranges::reverse(expected);
  EXPECT_EQ(all, expected);
  engines_.let_pass(3);
  let_the_box_finish();
  stop();
}

}  // namespace
}  // namespace transcribed::tests
