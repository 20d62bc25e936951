#include "client/progress_view.h"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/terminal_text.h"

namespace transcribed::client {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(ProgressView, FillsBarsByWholeColumns) {
  EXPECT_EQ(render_bar(0, 4, false), "....");
  EXPECT_EQ(render_bar(0.49, 4, false), "#...");
  EXPECT_EQ(render_bar(0.5, 4, false), "##..");
  EXPECT_EQ(render_bar(1, 4, false), "####");
  EXPECT_EQ(render_bar(0.5, 4, true), "██░░");
}

TEST(ProgressView, BarsSurviveNonsense) {
  EXPECT_EQ(render_bar(-1, 3, false), "...");
  EXPECT_EQ(render_bar(7, 3, false), "###");
  EXPECT_EQ(render_bar(std::numeric_limits<double>::quiet_NaN(), 3, false), "...");
  EXPECT_EQ(render_bar(0.5, 0, false), "");
}

TEST(ProgressView, AWideTerminalShowsNameBarAndState) {
  ProgressView view;
  view.rows = {{"talk.wav", FilePhase::running, 0.5, "GPU 1, 0:31"},
               {"next.wav", FilePhase::waiting, 0, "waiting: all 5 slots busy, 3rd in line"}};
  view.counts.done = 12;
  view.counts.running = 1;
  view.counts.waiting = 1;
  EXPECT_THAT(render_progress(view, 81, false),
              ElementsAre("talk.wav [########........]  50%  GPU 1, 0:31",
                          "next.wav  waiting: all 5 slots busy, 3rd in line",
                          "12 done, 1 running, 1 waiting"));
}

TEST(ProgressView, NoLineIsAsWideAsTheTerminal) {
  ProgressView view;
  view.rows = {{"a very long name of a recording 東京都庁舎.wav", FilePhase::running, 0.3,
                "GPU 1, attempt 2, 0:31, about 1:02 left"},
               {"b", FilePhase::waiting, 0, "waiting: all 5 slots busy, 3rd in line"},
               {"c.wav", FilePhase::sending, 1.0, "sending"}};
  view.counts.done = 1200;
  view.counts.to_send = 40000;
  view.trouble = "the server does not answer; its jobs are kept, so this goes on when it is back";
  for (int width = 1; width < 200; ++width) {
    for (const std::string& line : render_progress(view, width, true)) {
      EXPECT_LE(display_width(line), std::max(1, width - 1)) << width << ": " << line;
    }
  }
}

TEST(ProgressView, SaysWhatIsWrongWithTheServer) {
  ProgressView view;
  view.counts.waiting = 2;
  view.trouble = "the server does not answer";
  EXPECT_THAT(render_progress(view, 80, true),
              ElementsAre("2 waiting", "the server does not answer"));
}

TEST(ProgressView, ShowsThoseAtWorkAndTheNextFew) {
  using enum FilePhase;
  EXPECT_THAT(
      choose_rows({done, running, waiting, waiting, sending, waiting, waiting, to_send}, 20, 3),
      ElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(choose_rows({waiting, running, running, collecting}, 3, 3), ElementsAre(1, 2, 3));
  EXPECT_THAT(choose_rows({waiting, running}, 0, 3), IsEmpty());
  EXPECT_THAT(choose_rows({done, failed, cancelled}, 9, 3), IsEmpty());
}

TEST(ProgressView, SummarizesWithoutZeroes) {
  PhaseCounts counts;
  counts.done = 3;
  counts.failed = 1;
  counts.to_send = 2;
  EXPECT_EQ(summarize(counts), "3 done, 1 failed, 2 to send");
  EXPECT_EQ(counts.unfinished(), 2U);
}

TEST(ProgressView, RepaintsInPlaceAndClearsOnlyBehind) {
  EXPECT_EQ(repaint(0, {"a"}), "\ra\x1b[K\n\x1b[J");
  EXPECT_EQ(repaint(2, {"a", "b"}), "\x1b[2A\ra\x1b[K\nb\x1b[K\n\x1b[J");
  EXPECT_EQ(repaint(3, {}), "\x1b[3A\r\x1b[J");
  // Erasing before writing is what flickers.
  EXPECT_THAT(repaint(2, {"a"}), testing::Not(HasSubstr("\x1b[2J")));
}

}  // namespace
}  // namespace transcribed::client
