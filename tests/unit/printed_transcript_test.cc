#include "core/printed_transcript.h"

#include <gtest/gtest.h>

#include "core/subtitles.h"

namespace transcribed {
namespace {

using core::Transcript;

core::Segment segment(double start, double end, std::string text) {
  core::Segment out;
  out.start_s = start;
  out.end_s = end;
  out.text = std::move(text);
  return out;
}

TEST(PrintedTranscript, ReadsWhatWeWrite) {
  const Transcript written{"", 7, {segment(0, 2.5, "one"), segment(3, 7, "two\nlines")}};
  for (const std::string& printed : {core::to_srt(written), core::to_vtt(written)}) {
    const Transcript read = core::read_printed_transcript(printed);
    ASSERT_EQ(read.segments.size(), 2u) << printed;
    EXPECT_DOUBLE_EQ(read.segments[0].end_s, 2.5);
    EXPECT_EQ(read.segments[1].text, "two\nlines");
    EXPECT_EQ(read.segments[1].id, 1);
    EXPECT_DOUBLE_EQ(read.duration_s, 7);
  }
}

TEST(PrintedTranscript, ReadsWhisperCppLines) {
  const Transcript read = core::read_printed_transcript(
      "\n[00:00:00.000 --> 00:00:02.500]   And so my fellow Americans\n[00:00:02.500 --> "
      "00:01:02.000]  ask\n");
  ASSERT_EQ(read.segments.size(), 2u);
  EXPECT_EQ(read.segments[0].text, "And so my fellow Americans");
  EXPECT_DOUBLE_EQ(read.segments[1].end_s, 62);
}

TEST(PrintedTranscript, PlainTextIsALineASegmentWithoutTimes) {
  const Transcript read = core::read_printed_transcript("hello\r\n\nworld --> not a cue\n");
  ASSERT_EQ(read.segments.size(), 2u);
  EXPECT_EQ(read.segments[0].text, "hello");
  EXPECT_EQ(read.segments[1].text, "world --> not a cue");
  EXPECT_DOUBLE_EQ(read.segments[1].end_s, 0);
  EXPECT_TRUE(core::read_printed_transcript("").segments.empty());
}

}  // namespace
}  // namespace transcribed
