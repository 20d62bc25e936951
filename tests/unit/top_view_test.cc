#include "client/top_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json/parse.hpp>

#include "client/terminal_text.h"

namespace transcribed::client {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

MachineInfo machine(std::string_view text) {
  return read_machine(boost::json::parse(text).as_object()).value();
}

constexpr char reference_box[] =
    R"({"gpus":[{"id":0,"name":"RTX 5070 Ti","total_mb":12227,"slots_used":2,"slots_max":3,)"
    R"("slots_quarantined":0,"vram_used_mb":6000,"enabled":true,)"
    R"("loaded":[{"model":"medium","jobs":2},{"model":"tiny","jobs":0}]},)"
    R"({"id":1,"name":"RTX 2080 Super","total_mb":8192,"slots_used":0,"slots_max":2,)"
    R"("vram_used_mb":0,"enabled":false,"loaded":[]}],)"
    R"("system_ram_mb":32768,"system_ram_available_mb":24576,"system_ram_promised_mb":2000,)"
    R"("min_system_ram_mb":4000,"pending_jobs":2,)"
    R"("next_job":{"id":"q2","reason":{"code":"slots_busy","message":"all busy"}}})";

TopPicture picture() {
  TopPicture picture;
  picture.server = "http://box:8585";
  picture.machine = machine(reference_box);
  JobInfo running;
  running.id = "r1";
  running.state = core::JobState::running;
  running.gpu_id = 0;
  running.progress = 0.25;
  running.audio_seconds = 1200;
  running.started_at = "2026-08-01T12:00:00.000Z";
  running.model = "medium";
  running.name = "talk.wav";
  picture.running = {running};
  for (const char* id : {"q1", "q2"}) {
    JobInfo waiting;
    waiting.id = id;
    waiting.state = core::JobState::queued;
    waiting.created_at = "2026-08-01T11:58:30.000Z";
    waiting.model = "medium";
    waiting.name = std::string(id) + "\x1b.wav";
    waiting.reason = "all busy";
    picture.waiting.push_back(waiting);
  }
  return picture;
}

const core::WallTime now = *parse_rfc3339("2026-08-01T12:00:30.000Z");

TEST(MachineInfo, ForgivesAnOlderServer) {
  const MachineInfo old = machine(R"({"gpus":[{"id":0},7]})");
  ASSERT_EQ(old.gpus.size(), 1U);
  EXPECT_TRUE(old.gpus[0].enabled);
  EXPECT_FALSE(old.ram_min_mb);
  EXPECT_FALSE(read_machine(boost::json::parse(R"({"gpus":3})").as_object()));
}

TEST(TopView, ShowsTheMachineAndItsJobs) {
  EXPECT_THAT(
      render_top(picture(), now, {}, false),
      ElementsAre("transcribed at http://box:8585",
                  "GPU 0  RTX 5070 Ti     [##.] 2 of 3 slots  6.0 of 12.2 GB granted  "
                  "medium (2 jobs), tiny (idle)",
                  "GPU 1  RTX 2080 Super  set aside           0.0 of 8.1 GB granted",
                  "RAM [#####...............] 24.5 GB of 32.7 GB available, 2.0 GB of it promised; "
                  "a job starts while 4.0 GB are left",
                  "1 running, 2 waiting", "",
                  "RUNNING  GPU  DONE                RATE   LEFT  MODEL   NAME",
                  "r1       0    [##........]  25 %  10.0x  1:30  medium  talk.wav", "",
                  "WAITING  PRIORITY  FOR    MODEL   NAME        WHY",
                  "q1       0         2 min  medium  q1\\x1b.wav  all busy",
                  "q2       0         2 min  medium  q2\\x1b.wav  all busy"));
}

TEST(TopView, SaysWhenRamIsLowAndWhatIsWrong) {
  TopPicture low = picture();
  low.machine.ram_available_mb = 5000;
  low.trouble = "the server does not answer";
  const auto lines = render_top(low, now, {}, false);
  EXPECT_THAT(lines, Contains(HasSubstr("while 4.0 GB are left: LOW")));
  EXPECT_THAT(lines, Contains("! the server does not answer"));
  low.machine = machine(R"({"gpus":[]})");
  EXPECT_THAT(render_top(low, now, {}, false), Contains("RAM ? of ? available"));
}

TEST(TopView, FitsAnyTerminal) {
  TopPicture many = picture();
  many.machine.pending_jobs = 5000;
  many.running.assign(30, many.running[0]);
  many.waiting.assign(500, many.waiting[0]);
  for (int columns = 1; columns < 120; columns += 7) {
    for (std::size_t rows = 1; rows < 60; ++rows) {
      const auto lines = render_top(many, now, {columns, rows}, true);
      EXPECT_LE(lines.size(), rows);
      for (const std::string& line : lines) EXPECT_LE(display_width(line), columns) << line;
    }
  }
  const auto lines = render_top(many, now, {80, 60}, true);
  EXPECT_EQ(lines.back(), "and 4981 more");
  EXPECT_THAT(render_top(many, now, {80, 24}, true), Contains("and 14 more"));
}

TEST(TopView, TheHeadOfTheQueueComesFirst) {
  TopPicture one = picture();
  one.waiting[0].priority = 5;
  one.waiting.push_back(one.waiting[0]);
  one.waiting[2].id = "older";
  one.waiting[2].created_at = "2026-08-01T10:00:00.000Z";
  sort_waiting(one.waiting, "q2");
  EXPECT_EQ(one.waiting[0].id, "q2");
  EXPECT_EQ(one.waiting[1].id, "older");
  EXPECT_EQ(one.waiting[2].id, "q1");
}

}  // namespace
}  // namespace transcribed::client
