#include "core/transcript_text.h"

#include <string>

#include <gtest/gtest.h>

namespace transcribed::core {
namespace {

Segment segment(double start_s, double end_s, std::string text, std::vector<Word> words = {}) {
  Segment out;
  out.start_s = start_s;
  out.end_s = end_s;
  out.text = std::move(text);
  out.words = std::move(words);
  return out;
}

TEST(Txt, IsOneStrippedSegmentALine) {
  EXPECT_EQ(to_txt({"en", 3, {segment(0, 1, " one "), segment(1, 2, "two")}}), "one\ntwo\n");
  EXPECT_EQ(to_txt({}), "");
}

TEST(Tsv, HasWholeMillisecondsAndOneLineASegment) {
  EXPECT_EQ(to_tsv({"", 0, {segment(0.0004, 1.2345, " a\tb\r\n\n c "), segment(36000, 36001, "")}}),
            "start\tend\ttext\n0\t1235\ta b c\n36000000\t36001000\t\n");
  EXPECT_EQ(to_tsv({}), "start\tend\ttext\n");
}

TEST(Lrc, HasMinutesWithoutEnd) {
  EXPECT_EQ(
      to_lrc({"", 0, {segment(0, 1, "a\nb"), segment(59.996, 60, " x "), segment(3601.5, 1, "y")}}),
      "[00:00.00]a b\n[01:00.00]x\n[60:01.50]y\n");
  EXPECT_EQ(to_lrc({"", 0, {segment(0, 1, "  ")}}), "");
}

TEST(Lrc, StampsStandBeforeWordsAndChangeNothingElse) {
  const Transcript transcript{
      "",
      0,
      {segment(
           1, 3, "“Oh,  no!” he said.",
           {{1, 1.5, "Oh,", {}}, {1.5, 2, " no!”", {}}, {2, 2.5, "he", {}}, {2.5, 3, "said", {}}}),
       segment(3, 4, "no times"), segment(4, 5, "other words", {{4, 5, "entirely", {}}})}};
  EXPECT_EQ(to_lrc(transcript, WordStamps::yes),
            "[00:01.00]“<00:01.00>Oh,  <00:01.50>no!” <00:02.00>he <00:02.50>said.\n"
            "[00:03.00]no times\n[00:04.00]other words\n");
  const std::string plain = to_lrc(transcript);
  EXPECT_EQ(plain.substr(0, plain.find('\n') + 1), "[00:01.00]“Oh,  no!” he said.\n");
}

TEST(WholeText, DividesSegmentsAsTheirWritingDoes) {
  EXPECT_EQ(
      whole_text({"", 0, {segment(0, 1, " one \n"), segment(1, 2, "  "), segment(2, 3, "two")}}),
      "one two");
  EXPECT_EQ(whole_text({"", 0, {segment(0, 1, "今日は。"), segment(1, 2, " 散歩")}}),
            "今日は。散歩");
  EXPECT_EQ(whole_text({"", 0, {segment(0, 1, "散歩"), segment(1, 2, "OK"), segment(2, 3, "네")}}),
            "散歩 OK 네");
  EXPECT_EQ(whole_text({}), "");
}

TEST(GrowingText, IsTheWholeTextInTheEnd) {
  const Transcript transcript{
      "", 0, {segment(0, 1, ""), segment(0, 1, " a"), segment(1, 2, " "), segment(2, 3, "b")}};
  GrowingText growing;
  std::string told;
  for (const Segment& one : transcript.segments) told += growing.next(one);
  EXPECT_EQ(told, whole_text(transcript));
  EXPECT_EQ(told, "a b");
}

}  // namespace
}  // namespace transcribed::core
