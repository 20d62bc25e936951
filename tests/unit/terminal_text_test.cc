#include "client/terminal_text.h"

#include <gtest/gtest.h>

namespace transcribed::client {
namespace {

using std::chrono::seconds;

TEST(TerminalText, LeavesPlainAndForeignLettersAlone) {
  EXPECT_EQ(escape_controls("talk 1.wav"), "talk 1.wav");
  EXPECT_EQ(escape_controls("Gespräch über 東京.mp3"), "Gespräch über 東京.mp3");
}

TEST(TerminalText, EscapesWhatCouldMoveTheCursor) {
  EXPECT_EQ(escape_controls("a\x1b[2Jb"), "a\\x1b[2Jb");
  EXPECT_EQ(escape_controls("a\nb\tc\rd\x7f"), "a\\nb\\tc\\rd\\x7f");
  EXPECT_EQ(escape_controls("a\xc2\x9b"
                            "2J"),
            "a\\u{9b}2J");  // the one-character CSI
  EXPECT_EQ(escape_controls(std::string_view("a\0b", 3)), "a\\x00b");
}

TEST(TerminalText, EscapesDirectionOverridesAndLineSeparators) {
  EXPECT_EQ(escape_controls("a\u202egpj.exe"), "a\\u{202e}gpj.exe");
  EXPECT_EQ(escape_controls("a\u2028b"), "a\\u{2028}b");
}

TEST(TerminalText, EscapesBytesThatAreNoUtf8) {
  EXPECT_EQ(escape_controls("caf\xe9.wav"), "caf\\xe9.wav");
  EXPECT_EQ(escape_controls("\xe6\x9d"), "\\xe6\\x9d");  // half a character
  EXPECT_EQ(escape_controls("\xc0\xaf"), "\\xc0\\xaf");  // overlong
}

TEST(TerminalText, KeepsNewlinesAndTabsOfTranscripts) {
  EXPECT_EQ(escape_controls("one\ttwo\n\x1bthree\r\n", Newlines::keep),
            "one\ttwo\n\\x1bthree\\r\n");
}

TEST(TerminalText, CountsColumns) {
  EXPECT_EQ(display_width("abc"), 3);
  EXPECT_EQ(display_width("äöü"), 3);
  EXPECT_EQ(display_width("東京"), 4);
  EXPECT_EQ(display_width("e\u0301"), 1);
  EXPECT_EQ(display_width(""), 0);
}

TEST(TerminalText, CutsBetweenCharacters) {
  EXPECT_EQ(cut_to_width("recording", 9), "recording");
  EXPECT_EQ(cut_to_width("recording", 5), "reco…");
  EXPECT_EQ(cut_to_width("東京都", 6), "東京都");
  EXPECT_EQ(cut_to_width("東京都", 5), "東京…");
  EXPECT_EQ(cut_to_width("東京都", 4), "東…");  // half a wide character is none
  EXPECT_EQ(cut_to_width("äöü", 2), "ä…");
  EXPECT_EQ(cut_to_width("e\u0301e\u0301e\u0301", 2), "e\u0301…");
  EXPECT_EQ(cut_to_width("abc", 1), "…");
  EXPECT_EQ(cut_to_width("abc", 0), "");
}

TEST(TerminalText, CutsNamesInTheMiddle) {
  EXPECT_EQ(cut_name_to_width("talk-2024-07.mp3", 16), "talk-2024-07.mp3");
  EXPECT_EQ(cut_name_to_width("talk-2024-07.mp3", 11), "talk-…7.mp3");
  EXPECT_EQ(cut_name_to_width("東京都庁", 7), "東京…庁");
  EXPECT_EQ(cut_name_to_width("abcdee\u0301e\u0301", 4), "a…e\u0301e\u0301");
  EXPECT_EQ(cut_name_to_width("abc", 1), "…");
  EXPECT_EQ(cut_name_to_width("abc", 0), "");
  for (int width = 1; width < 12; ++width) {
    EXPECT_LE(display_width(cut_name_to_width("東京 a talk e\u0301", width)), width);
  }
}

TEST(TerminalText, FitsExactly) {
  for (int width = 0; width < 12; ++width) {
    EXPECT_EQ(display_width(fit_to_width("東京 talk", width)), width);
  }
  EXPECT_EQ(fit_to_width("ab", 4), "ab  ");
}

TEST(TerminalText, WritesDurations) {
  EXPECT_EQ(clock_duration(seconds(0)), "0:00");
  EXPECT_EQ(clock_duration(seconds(7)), "0:07");
  EXPECT_EQ(clock_duration(seconds(725)), "12:05");
  EXPECT_EQ(clock_duration(seconds(3599)), "59:59");
  EXPECT_EQ(clock_duration(seconds(3723)), "1:02:03");
  EXPECT_EQ(clock_duration(seconds(-5)), "0:00");
  EXPECT_EQ(rough_duration(seconds(59)), "59 s");
  EXPECT_EQ(rough_duration(seconds(60)), "1 min");
  EXPECT_EQ(rough_duration(seconds(7200)), "2 h");
  EXPECT_EQ(rough_duration(seconds(49 * 3600)), "2 d");
  EXPECT_EQ(count_of(1, "file", "files"), "1 file");
  EXPECT_EQ(count_of(0, "file", "files"), "0 files");
}

}  // namespace
}  // namespace transcribed::client
