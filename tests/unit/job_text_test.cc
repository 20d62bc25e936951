#include "client/job_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/command_line.h"
#include "client/interrupt.h"
#include "client/terminal_text.h"

namespace transcribed::client {
namespace {

using testing::HasSubstr;
using testing::Not;

const core::WallTime noon = *parse_rfc3339("2026-08-01T12:00:00.000Z");

JobInfo job(core::JobState state) {
  JobInfo info;
  info.id = "abc123";
  info.state = state;
  info.state_word = core::to_string(state);
  info.name = "talk.wav";
  info.model = "medium";
  info.created_at = "2026-08-01T11:57:00.000Z";
  info.started_at = "2026-08-01T11:58:00.000Z";
  info.attempt = 1;
  return info;
}

TEST(JobProblem, NamesTheJobOnce) {
  ApiProblem problem;
  problem.kind = ApiProblem::Kind::conflict;
  problem.sentence = "job abc123 is completed: there is nothing to cancel";
  EXPECT_EQ(job_problem("abc123", problem), problem.sentence);
  problem.sentence = "The data folder cannot be written.";
  EXPECT_EQ(job_problem("abc123", problem), "abc123: The data folder cannot be written.");
  problem.kind = ApiProblem::Kind::not_found;
  EXPECT_EQ(job_problem("x\x1b", problem), "no such job: x\\x1b (`transcribe jobs` lists them)");
}

TEST(JobText, ExplainsAWaitWithItsNumbers) {
  JobInfo info = job(core::JobState::queued);
  info.reason = "all 5 slots busy, 3rd in line";
  info.position = 3;
  EXPECT_EQ(explain_job(info, noon),
            "abc123 (talk.wav, model medium) is queued, submitted 3 min ago.\n"
            "  It waits: all 5 slots busy, 3rd in line\n"
            "  Place in line: 3\n");
}

TEST(JobText, ExplainsWhyAJobMayBeCancelledThatNobodyCancelled) {
  JobInfo info = job(core::JobState::cancelled);
  EXPECT_THAT(explain_job(info, noon), Not(HasSubstr("abandoned")));
  info.interactive = true;
  EXPECT_THAT(explain_job(info, noon),
              HasSubstr("no client waited for it any more (server.abandoned_after_s)\n"));
}

TEST(JobText, ExplainsAFailureWithEveryLostAttempt) {
  JobInfo info = job(core::JobState::failed);
  info.error_kind = "engine_crashed";
  info.error = "three attempts were lost";
  info.lost = {{1, "engine_crashed", "signal 11"}, {2, "out_of_memory", "killed"}};
  const std::string text = explain_job(info, noon);
  EXPECT_THAT(text, HasSubstr("abc123 (talk.wav, model medium) has failed (engine_crashed, "));
  EXPECT_THAT(text, HasSubstr("three attempts were lost"));
  EXPECT_THAT(text, HasSubstr("attempt 1 was lost (engine_crashed): signal 11"));
  EXPECT_THAT(text, HasSubstr("attempt 2 was lost (out_of_memory): killed"));
}

TEST(JobText, ExplainsWhereAJobRuns) {
  JobInfo info = job(core::JobState::running);
  info.gpu_id = 1;
  info.progress = 0.529;
  EXPECT_EQ(explain_job(info, noon),
            "abc123 (talk.wav, model medium) is running on GPU 1, 52 %, attempt 1, started 2 min "
            "ago.\n");
}

TEST(JobText, TablesAlignAndFit) {
  JobInfo first = job(core::JobState::queued);
  first.reason = "all 5 slots busy, 3rd in line";
  JobInfo second = job(core::JobState::running);
  second.name = "evil\x1b[2J東京都庁舎の会議の録音.wav";
  second.gpu_id = 0;
  const std::string wide = jobs_table({first, second}, noon, 0);
  EXPECT_THAT(wide, HasSubstr("abc123  queued   0 %   medium  talk.wav"));
  EXPECT_THAT(wide, Not(HasSubstr("\x1b")));
  EXPECT_THAT(wide, HasSubstr("GPU 0"));
  std::string narrow = jobs_table({first, second}, noon, 60);
  for (std::size_t end = narrow.find('\n'); end != std::string::npos; end = narrow.find('\n')) {
    EXPECT_LE(display_width(narrow.substr(0, end)), 60);
    narrow.erase(0, end + 1);
  }
}

TEST(JobText, DetailsLeaveOutWhatIsNotKnown) {
  const std::string text = job_details(job(core::JobState::queued), noon);
  EXPECT_THAT(text, HasSubstr("state      queued"));
  EXPECT_THAT(text, Not(HasSubstr("GPU")));
  EXPECT_THAT(text, Not(HasSubstr("error")));
}

TEST(JobText, ReadsTimesStrictly) {
  EXPECT_EQ(*parse_rfc3339("1970-01-01T00:00:01.500Z"),
            core::WallTime(std::chrono::milliseconds(1500)));
  for (const char* text : {"", "yesterday", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z",
                           "2026-08-01T12:00:00Zx", "2026-08-01T25:00:00Z"}) {
    EXPECT_FALSE(parse_rfc3339(text)) << text;
  }
  EXPECT_EQ(time_ago("nonsense\x1b", noon), "nonsense\\x1b");
}

TEST(Interrupt, UnderstandsAnswers) {
  EXPECT_EQ(parse_answer(""), InterruptAnswer::let_go_on);
  EXPECT_EQ(parse_answer(" Y "), InterruptAnswer::let_go_on);
  EXPECT_EQ(parse_answer("n"), InterruptAnswer::cancel);
  EXPECT_EQ(parse_answer("No"), InterruptAnswer::cancel);
  EXPECT_EQ(parse_answer("c"), InterruptAnswer::keep_waiting);
  EXPECT_EQ(parse_answer("continue"), InterruptAnswer::keep_waiting);
  EXPECT_FALSE(parse_answer("maybe"));
}

TEST(Interrupt, AsksWithNumbers) {
  EXPECT_EQ(interrupt_question(1, 0),
            "1 job is not finished. Let it go on in the server? [Y/n/c(ontinue waiting)] ");
  EXPECT_EQ(interrupt_question(5, 2),
            "2 files are not sent yet and would stay unsent. 5 jobs are not finished. Let them go "
            "on in the server? [Y/n/c(ontinue waiting)] ");
}

}  // namespace
}  // namespace transcribed::client
