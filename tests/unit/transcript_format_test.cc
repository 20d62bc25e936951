#include "http/transcript_format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace transcribed::http {
namespace {

using testing::HasSubstr;

// "param: message" of a query that is refused.
std::string refusal(std::string_view query) {
  const auto request = read_transcript_request(query);
  if (request) return "taken";
  EXPECT_EQ(request.error().status, 400);
  return request.error().param + ": " + request.error().message;
}

TEST(TranscriptRequest, IsPlainJsonUnlessToldOtherwise) {
  const auto request = read_transcript_request("");
  ASSERT_TRUE(request);
  EXPECT_EQ(*request, TranscriptRequest{});
  EXPECT_EQ(request->format, TranscriptFormat::json);
}

TEST(TranscriptRequest, HasAllItsParameters) {
  const auto srt = read_transcript_request(
      "format=srt&download=true&words=true&max_line_width=42&max_line_count=2");
  ASSERT_TRUE(srt) << srt.error().message;
  EXPECT_EQ(*srt, (TranscriptRequest{TranscriptFormat::srt, true, true, {42, 2}, true}));
  EXPECT_FALSE(read_transcript_request("download=0")->download);
  EXPECT_FALSE(*read_transcript_request("format=json&words=false")->words);
}

TEST(TranscriptRequest, GranularitiesChooseTheLists) {
  const auto of = [](const std::string& list) {
    return *read_transcript_request("format=verbose_json&timestamp_granularities=" + list);
  };
  EXPECT_TRUE(of("segment").segments);
  EXPECT_EQ(of("segment").words, std::nullopt);
  EXPECT_FALSE(of("word").segments);
  EXPECT_EQ(of("word").words, true);
  EXPECT_TRUE(of("word,segment").segments);
  EXPECT_EQ(of("word,segment").words, true);
}

TEST(TranscriptRequest, WhatMakesNoSenseIsRefusedWithAReason) {
  EXPECT_THAT(refusal("format=doc"), HasSubstr("txt, srt, vtt, tsv, lrc, json, verbose_json"));
  EXPECT_EQ(refusal("download=yes"), "download: \"download\" must be true or false.");
  EXPECT_THAT(refusal("format=srt&words=2"), HasSubstr("true or false"));
  for (const char* value : {"0", "-1", "1001", "wide", "", "1.5", "9999999999"}) {
    EXPECT_THAT(refusal(std::string("format=srt&max_line_width=") + value),
                HasSubstr("from 1 to 1000"))
        << value;
  }
  EXPECT_THAT(refusal("format=srt&max_line_width=10&max_line_count=101"),
              HasSubstr("from 1 to 100."));
  EXPECT_THAT(refusal("format=srt&max_line_count=2"), HasSubstr("max_line_width"));
  EXPECT_EQ(refusal("format=txt&max_line_width=9"),
            "max_line_width: \"max_line_width\" is for srt and vtt, not for txt.");
  EXPECT_EQ(refusal("format=tsv&words=true"),
            "words: \"words\" is for srt, vtt, lrc, json and verbose_json, not for tsv.");
  EXPECT_EQ(
      refusal("format=json&timestamp_granularities=word"),
      "timestamp_granularities: \"timestamp_granularities\" is for verbose_json, not for json.");
  for (const char* value : {"", "words", "word,", "word+segment"}) {
    EXPECT_THAT(refusal(std::string("format=verbose_json&timestamp_granularities=") + value),
                testing::StartsWith("timestamp_granularities: "))
        << value;
  }
  EXPECT_THAT(refusal("fromat=srt"), HasSubstr("no parameter \"fromat\""));
}

TEST(TranscriptRequest, WordsThatAreNotTimedCannotBeHad) {
  core::Transcript transcript;
  transcript.segments.resize(1);
  const auto words = *read_transcript_request("format=srt&words=true");
  const auto plain = *read_transcript_request("format=srt");
  EXPECT_FALSE(lacks(words, transcript)) << "without text there is nothing to time";
  transcript.segments[0].text = "hello";
  EXPECT_FALSE(lacks(plain, transcript));
  const auto error = lacks(words, transcript);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->status, 409);
  EXPECT_THAT(error->message, HasSubstr("word_timestamps=true"));
  transcript.segments[0].words = {{0, 1, "hello", std::nullopt}};
  EXPECT_FALSE(lacks(words, transcript));
}

}  // namespace
}  // namespace transcribed::http
