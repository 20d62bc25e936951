#include "core/subtitles.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/characters.h"

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

SubtitleOptions limits(int width, std::optional<int> count = std::nullopt) {
  SubtitleOptions options;
  options.limits = {width, count};
  return options;
}

TEST(Srt, HasHoursAlwaysAndAComma) {
  EXPECT_EQ(to_srt({"en", 0, {segment(0, 2.5, " hi --> there"), segment(3661.0014, 3662, "x")}}),
            "1\n00:00:00,000 --> 00:00:02,500\nhi -> there\n\n"
            "2\n01:01:01,001 --> 01:01:02,000\nx\n\n");
  EXPECT_EQ(to_srt({"", 0, {segment(360000, 360001, "x")}}).substr(0, 31),
            "1\n100:00:00,000 --> 100:00:01,0");
}

TEST(Vtt, HasHoursOnlyWhereThereAreAny) {
  EXPECT_EQ(to_vtt({"en", 0, {segment(0, 2.5, "a"), segment(3600, 3601, "b")}}),
            "WEBVTT\n\n00:00.000 --> 00:02.500\na\n\n01:00:00.000 --> 01:00:01.000\nb\n\n");
  EXPECT_EQ(to_vtt({}), "WEBVTT\n\n");
}

TEST(Vtt, WhatBeginsSomethingInTheFormatIsEscaped) {
  EXPECT_EQ(to_vtt({"", 0, {segment(0, 1, "Q&A: 1 <2> &amp; -->")}}),
            "WEBVTT\n\n00:00.000 --> 00:01.000\nQ&amp;A: 1 &lt;2> &amp;amp; ->\n\n");
}

TEST(Cues, ABlankLineInTheTextDoesNotEndTheCue) {
  EXPECT_EQ(to_srt({"", 0, {segment(0, 1, "a\n\n \t\nb\r\nc\rd")}}),
            "1\n00:00:00,000 --> 00:00:01,000\na\nb\nc\nd\n\n");
}

TEST(Cues, NoArrowIsLeft) {
  EXPECT_EQ(cue_text("---> x --------> y >> -> -- >"), "-> x -> y >> -> -- >");
}

TEST(Cues, RoundingCarriesIntoTheNextUnit) {
  EXPECT_EQ(to_srt({"", 0, {segment(59.9996, 3599.9996, "a")}}),
            "1\n00:01:00,000 --> 01:00:00,000\na\n\n");
}

TEST(Cues, SegmentsWithoutTextHaveNone) {
  EXPECT_EQ(to_srt({"", 0, {segment(0, 1, " \n"), segment(1, 1, "a")}}),
            "1\n00:00:01,000 --> 00:00:01,000\na\n\n");
}

TEST(Cues, LinesAreNoWiderThanAsked) {
  EXPECT_EQ(to_srt({"", 0, {segment(0, 9, "one two three\nfour incomprehensible x")}}, limits(8)),
            "1\n00:00:00,000 --> 00:00:09,000\none two\nthree\nfour\nincomprehensible\nx\n\n");
  // Characters are counted, not bytes.
  EXPECT_EQ(to_srt({"", 0, {segment(0, 9, "äöü ßéà")}}, limits(7)),
            "1\n00:00:00,000 --> 00:00:09,000\näöü ßéà\n\n");
  EXPECT_EQ(to_srt({"", 0, {segment(0, 9, "今日は天気がいいですね。")}}, limits(11)),
            "1\n00:00:00,000 --> 00:00:09,000\n今日は天気がいいです\nね。\n\n");
}

TEST(Cues, WithoutTimesOfWordsCharactersTakeEquallyLong) {
  EXPECT_EQ(to_srt({"", 0, {segment(10, 20, "äbc def ghi")}}, limits(3, 1)),
            "1\n00:00:10,000 --> 00:00:12,727\näbc\n\n"
            "2\n00:00:13,636 --> 00:00:16,364\ndef\n\n"
            "3\n00:00:17,273 --> 00:00:20,000\nghi\n\n");
}

TEST(Cues, WordsTellWhereALongSegmentIsCut) {
  const Transcript transcript{
      "",
      0,
      {segment(
          0, 10, "One two, three four.",
          {{0.5, 1, "One", {}}, {1, 2, " two,", {}}, {6, 7, "three", {}}, {7, 8, "four", {}}})}};
  EXPECT_EQ(to_srt(transcript, limits(8, 1)),
            "1\n00:00:00,000 --> 00:00:02,000\nOne two,\n\n"
            "2\n00:00:06,000 --> 00:00:07,000\nthree\n\n"
            "3\n00:00:07,000 --> 00:00:10,000\nfour.\n\n");
  EXPECT_EQ(to_srt(transcript, limits(8, 2)),
            "1\n00:00:00,000 --> 00:00:07,000\nOne two,\nthree\n\n"
            "2\n00:00:07,000 --> 00:00:10,000\nfour.\n\n");
}

TEST(Cues, WordsThatAreNotThoseOfTheTextAreNotBelieved) {
  for (const std::vector<Word>& words :
       {std::vector<Word>{{8, 9, "ab", {}}}, std::vector<Word>{{8, 9, "ab", {}}, {9, 10, "xx", {}}},
        std::vector<Word>{{8, 9, "cd", {}}}}) {
    EXPECT_EQ(to_srt({"", 0, {segment(0, 10, "ab cd", words)}}, limits(2, 1)),
              "1\n00:00:00,000 --> 00:00:04,000\nab\n\n2\n00:00:06,000 --> 00:00:10,000\ncd\n\n");
  }
}

TEST(Highlighting, UnderlinesTheWordThatIsSpoken) {
  SubtitleOptions options;
  options.highlight_words = true;
  EXPECT_EQ(to_srt({"",
                    0,
                    {segment(0, 3, "Oh no.", {{0, 1, "Oh", {}}, {1.5, 2, "no.", {}}}),
                     segment(3, 4, "plain")}},
                   options),
            "1\n00:00:00,000 --> 00:00:01,000\n<u>Oh</u> no.\n\n"
            "2\n00:00:01,000 --> 00:00:01,500\nOh no.\n\n"
            "3\n00:00:01,500 --> 00:00:02,000\nOh <u>no.</u>\n\n"
            "4\n00:00:02,000 --> 00:00:03,000\nOh no.\n\n"
            "5\n00:00:03,000 --> 00:00:04,000\nplain\n\n");
}

TEST(Highlighting, OnlyWordsThatTakeTimeAndEscapesWithinThem) {
  SubtitleOptions options;
  options.highlight_words = true;
  EXPECT_EQ(to_vtt({"",
                    0,
                    {segment(1, 1, "a b", {{1, 1, "a", {}}, {1, 1, "b", {}}}),
                     segment(1, 2, "a <b", {{1, 1, "a", {}}, {1, 2, "<b", {}}})}},
                   options),
            "WEBVTT\n\n00:01.000 --> 00:01.000\na b\n\n"
            "00:01.000 --> 00:02.000\na <u>&lt;b</u>\n\n");
}

TEST(Highlighting, AWordOverTwoLinesIsUnderlinedInBoth) {
  SubtitleOptions options = limits(3, 2);
  options.highlight_words = true;
  EXPECT_EQ(to_srt({"", 0, {segment(0, 2, "New York", {{0, 2, "New York", {}}})}}, options),
            "1\n00:00:00,000 --> 00:00:02,000\n<u>New</u>\n<u>York</u>\n\n");
}

// --- whatever the text, the words and the limits ---

constexpr const char* pieces[] = {"a",   "word", "Wörter",      "今日は", "。",   "「",
                                  "」",  " ",    "  ",          "\n",     "\t",   "-->",
                                  "<i>", "&",    "👩‍👧", "é",      "\r\n", "ー"};

std::string made_text(std::mt19937& random) {
  std::string text;
  for (auto left = random() % 30; left > 0; --left) {
    text += pieces[random() % std::size(pieces)];
    if (random() % 2 == 0) text += ' ';
  }
  return text;
}

std::string without_blanks(std::string_view text) {
  std::string out;
  std::copy_if(text.begin(), text.end(), std::back_inserter(out),
               [](char c) { return c != ' ' && c != '\t' && c != '\n'; });
  return out;
}

Segment made_segment(std::mt19937& random) {
  Segment made = segment(5, 5 + static_cast<double>(random() % 100) / 10, made_text(random));
  double now_s = 4;
  for (std::string_view rest = made.text; !rest.empty() && random() % 40 != 0;) {
    const std::size_t end = std::min(rest.find(' ') + 1, rest.size());
    const std::size_t taken = end == 0 ? rest.size() : end;
    Word word{now_s,
              now_s + static_cast<double>(random() % 20) / 10 - 0.2,
              std::string(rest.substr(0, taken)),
              {}};
    now_s = word.end_s;
    made.words.push_back(word);
    rest.remove_prefix(taken);
  }
  return made;
}

TEST(Cues, NoTextIsLostOrDoubledAndTimeOnlyGoesOn) {
  std::mt19937 random(7);
  int timed = 0;
  for (int round = 0; round < 3000; ++round) {
    const Segment made = made_segment(random);
    CueLimits within;
    if (random() % 4 != 0) within.max_line_width = static_cast<int>(1 + random() % 30);
    if (random() % 2 != 0) within.max_line_count = static_cast<int>(1 + random() % 3);
    const SegmentCues cues = cues_of(made, within);
    ASSERT_EQ(cues.cues.empty(), without_blanks(cues.text).empty());
    timed += cues.words.empty() ? 0 : 1;
    std::string shown;
    double last_s = made.start_s;
    for (const Cue& cue : cues.cues) {
      EXPECT_LE(last_s, cue.start_s);
      EXPECT_LE(cue.start_s, cue.end_s);
      last_s = cue.end_s;
      ASSERT_FALSE(cue.lines.empty());
      if (within.max_line_count) {
        EXPECT_LE(cue.lines.size(), static_cast<std::size_t>(*within.max_line_count));
      }
      for (const TextRange& line : cue.lines) {
        const std::string text = cues.text.substr(line.begin, line.end - line.begin);
        EXPECT_EQ(text, stripped(text));
        EXPECT_FALSE(text.empty());
        shown += without_blanks(text);
      }
    }
    EXPECT_EQ(shown, without_blanks(cues.text)) << made.text;
    if (cues.cues.empty()) continue;
    EXPECT_EQ(cues.cues.front().start_s, made.start_s);
    EXPECT_EQ(cues.cues.back().end_s, made.end_s);
  }
  EXPECT_GT(timed, 500) << "words were tried, too";
}

}  // namespace
}  // namespace transcribed::core
