// Jobs that wait for RAM: with their reason, cancelled meanwhile, started anyway in the end.
#include "tests/integration/daemon_fixture.h"

namespace transcribed::tests {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

class RamWait : public DaemonTest {
 protected:
  // A threshold that no machine meets.
  void start_short_of_ram(std::vector<std::string> flags = {}) {
    flags.insert(flags.end(), {"--min-system-ram-mb", "90000000"});
    start(engines_.command_model("held"), flags);
  }
  std::string low_line() const {
    const std::vector<std::string> lines = daemon_->lines_with("System RAM low");
    return lines.empty() ? "" : lines.front();
  }
};

TEST_F(RamWait, AJobWaitsWithNumbersInItsReasonAndTheLog) {
  start_short_of_ram();
  const std::string id = api().submit(recording("x"));
  const std::string behind = api().submit(recording("y"));
  ASSERT_TRUE(daemon_->says("System RAM low"));
  EXPECT_THAT(low_line(), MatchesRegex("WARN: System RAM low \\([0-9]+\\.[0-9] GB free\\), waiting "
                                       "before starting job\\.\\.\\."));
  EXPECT_THAT(api().reason(id), MatchesRegex("ram_low: RAM [0-9]+\\.[0-9] of 90000\\.0 GB free, "
                                             "[0-9]+ s until it starts anyway"));
  EXPECT_THAT(api().reason(behind), HasSubstr("behind: 2nd in line; the first waits: RAM"));
  EXPECT_EQ(api().state(id), "queued");
  EXPECT_EQ(api().slots_used(), 0) << "nothing is reserved for who waits for RAM";
  EXPECT_EQ(number_at(api().get("/api/resources").json(), "pending_jobs"), 2);
  stop();
  EXPECT_TRUE(engines_.ledger().empty());
}

TEST_F(RamWait, AfterTheTimeoutItStartsAnywayWithAWarning) {
  start_short_of_ram({"--ram-wait-timeout-s", "1"});
  const std::string id = api().submit(recording("x"));
  engines_.let_pass();
  EXPECT_EQ(text_at(api().wait_for(id, "completed"), "state"), "completed");
  EXPECT_THAT(daemon_->lines_with("starting anyway"),
              ElementsAre(MatchesRegex("WARN: Job " + id +
                                       ": RAM [0-9]+\\.[0-9] of 90000\\.0 GB free after waiting 1 "
                                       "s, starting anyway")));
  EXPECT_TRUE(daemon_->says("INFO: Job " + id + " assigned to GPU 0 (slot 1/3 now used)"));
  stop();
}

TEST_F(RamWait, WithWaitItNeverStarts) {
  start_short_of_ram({"--ram-wait-timeout-s", "0", "--on-ram-timeout", "wait"});
  EXPECT_TRUE(daemon_->says("in all, so no job will ever start; lower min_system_ram_mb."));
  const std::string id = api().submit(recording("x"));
  ASSERT_TRUE(daemon_->says("System RAM low"));
  EXPECT_THAT(api().reason(id), HasSubstr("waiting until there is enough"));
  stop();
  EXPECT_TRUE(engines_.ledger().empty());
}

TEST_F(RamWait, AJobThatWaitsForRamIsCancelledAndNeverStarts) {
  start_short_of_ram({"--ram-wait-timeout-s", "4"});
  const std::string first = api().submit(recording("x"));
  const std::string second = api().submit(recording("y"));
  ASSERT_TRUE(daemon_->says("System RAM low"));
  EXPECT_EQ(api().cancel(first).status, 200);
  EXPECT_EQ(api().state(first), "cancelled");
  // The next one waits a time of its own, and then it starts.
  engines_.let_pass();
  EXPECT_EQ(text_at(api().wait_for(second, "completed"), "state"), "completed");
  EXPECT_EQ(engines_.entries("start").size(), 1U);
  EXPECT_EQ(engines_.entries("start")[0].job, second);
  EXPECT_EQ(api().slots_used(), 0);
  stop();
}

TEST_F(RamWait, AModelWithoutARamNeedStartsAtOnce) {
  start(engines_.command_model("held", "ram_mb = 0"), {"--min-system-ram-mb", "90000000"});
  const std::string id = api().submit(recording("x"));
  engines_.let_pass();
  EXPECT_EQ(text_at(api().wait_for(id, "completed"), "state"), "completed");
  EXPECT_EQ(low_line(), "");
  stop();
}

TEST_F(RamWait, JobsThatJustStartedKeepTheirPromiseFromTheNext) {
  // Room for the threshold, but not beside what the first job was promised.
  const std::int64_t available = [&] {
    start("");
    const std::int64_t mb =
        number_at(api().get("/api/resources").json(), "system_ram_available_mb");
    stop();
    return mb;
  }();
  start(engines_.command_model("held"), {"--min-system-ram-mb", std::to_string(available / 2),
                                         "--ram-per-job-mb", std::to_string(available)});
  const std::string first = api().submit(recording("x"));
  ASSERT_TRUE(engines_.saw("start", 1));
  const std::string second = api().submit(recording("y"));
  ASSERT_TRUE(daemon_->says("System RAM low"));
  EXPECT_THAT(api().reason(second), HasSubstr("GB promised to jobs that just started"));
  EXPECT_GT(number_at(api().get("/api/resources").json(), "system_ram_promised_mb"),
            available * 9 / 10);
  engines_.let_pass(2);
  EXPECT_EQ(text_at(api().wait_for(second, "completed"), "state"), "completed");
  EXPECT_EQ(engines_.most_at_once().at(0), 1);
  stop();
}

}  // namespace
}  // namespace transcribed::tests
