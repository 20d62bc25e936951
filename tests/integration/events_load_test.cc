// Thousands who follow the events while jobs run.
#include "tests/integration/daemon_fixture.h"
#include "tests/integration/event_crowd.h"

namespace transcribed::tests {
namespace {

#ifdef TRANSCRIBED_SANITIZED
constexpr std::size_t wanted_readers = 500;
#else
constexpr std::size_t wanted_readers = 3000;
#endif
constexpr int jobs = 60;

class EventsLoad : public DaemonTest {};

TEST_F(EventsLoad, ThousandsOfReadersGetEveryEventOnceAndInOrder) {
  start(engines_.command_model("held"));
  // Two sockets each: one here, one in the daemon, which inherits our limit.
  const auto readers = EventCrowd::most(wanted_readers);
  EventCrowd crowd(daemon_->port(), "/api/events?types=job,segment", readers);
  EXPECT_EQ(api().get("/healthz").status, 200) << "requests have room beside them";
  std::vector<std::string> ids;
  for (int i = 0; i < jobs; ++i) {
    ids.push_back(api().submit(recording("number " + std::to_string(i))));
    engines_.let_pass();
  }
  ASSERT_TRUE(crowd.read_until("\"state\":\"completed\"", jobs));
  for (const std::string& id : ids) EXPECT_EQ(api().state(id), "completed");

  const std::vector<EventCrowd::Read> all = crowd.all();
  ASSERT_EQ(all.size(), readers);
  // Queued, running, a segment, completed.
  EXPECT_EQ(all.front().events, jobs * 4U);
  EXPECT_EQ(all.front().wanted, static_cast<std::size_t>(jobs));
  EXPECT_EQ(std::ranges::count(all, all.front()), static_cast<std::ptrdiff_t>(readers));

  daemon_->signal(SIGTERM);
  EXPECT_TRUE(crowd.read_until("no such event", 1)) << "all streams end";
  EXPECT_EQ(daemon_->wait(), 0);
  EXPECT_TRUE(nothing_left_of(data_folder()));
}

}  // namespace
}  // namespace transcribed::tests
