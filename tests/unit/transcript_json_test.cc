#include "wire/transcript_json.h"

#include <cmath>
#include <limits>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

namespace transcribed::wire {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;

core::Segment full_segment() {
  core::Segment segment;
  segment.id = 3;
  segment.start_s = 1.25;
  segment.end_s = 2.5;
  segment.text = " he said";
  segment.tokens = {50364, -1, 2};
  segment.avg_logprob = -0.25;
  segment.seek = 100;
  segment.temperature = 0.2;
  segment.no_speech_prob = 0.125;
  segment.words = {{1.25, 1.5, "he", 0.5}, {1.5, 2.5, "said", std::nullopt}};
  return segment;
}

json::object object_from(const std::string& text) { return json::parse(text).as_object(); }

TEST(SegmentJson, ComesBackAsItWent) {
  const core::Segment segment = full_segment();
  EXPECT_EQ(parse_segment(to_json(segment)), segment);
}

TEST(SegmentJson, LeavesOutWhatIsNotThere) {
  const json::object object = to_json(core::Segment{});
  EXPECT_EQ(object.size(), 4u);
  EXPECT_FALSE(object.contains("tokens"));
}

TEST(SegmentJson, NullCountsAsAbsent) {
  const auto segment = parse_segment(object_from(
      R"({"id":0,"start":0,"end":1,"text":"a","tokens":null,"avg_logprob":null,"words":null})"));
  ASSERT_TRUE(segment) << segment.error();
  EXPECT_FALSE(segment->avg_logprob);
}

TEST(SegmentJson, TimesAreClamped) {
  const auto negative = parse_segment(object_from(R"({"id":0,"start":-3,"end":-1,"text":"a"})"));
  ASSERT_TRUE(negative);
  EXPECT_EQ(negative->start_s, 0);
  EXPECT_EQ(negative->end_s, 0);
  const auto backwards = parse_segment(object_from(
      R"({"id":0,"start":5,"end":4,"text":"a","words":[{"word":"a","start":7,"end":6}]})"));
  ASSERT_TRUE(backwards);
  EXPECT_EQ(backwards->end_s, 5);
  EXPECT_EQ(backwards->words.at(0).end_s, 7);
}

TEST(SegmentJson, NumbersOutOfReasonAreErrors) {
  for (const char* text :
       {R"({"id":0,"start":1e999,"end":1,"text":"a"})",
        R"({"id":0,"start":0,"end":1e300,"text":"a"})", R"({"id":-1,"start":0,"end":1,"text":"a"})",
        R"({"id":1.5,"start":0,"end":1,"text":"a"})",
        R"({"id":4294967296,"start":0,"end":1,"text":"a"})",
        R"({"id":0,"start":0,"end":1,"text":"a","avg_logprob":-1e999})",
        R"({"id":0,"start":0,"end":1,"text":"a","seek":-1})",
        R"({"id":0,"start":0,"end":1,"text":"a","temperature":"hot"})",
        R"({"id":0,"start":0,"end":1,"text":"a","tokens":[99999999999]})"}) {
    EXPECT_FALSE(parse_segment(object_from(text))) << text;
  }
}

TEST(SegmentJson, TheErrorNamesTheKey) {
  const auto segment = parse_segment(object_from(R"({"id":0,"start":"0","end":1,"text":"a"})"));
  ASSERT_FALSE(segment);
  EXPECT_THAT(segment.error(), HasSubstr("\"start\""));
}

TEST(TranscriptJson, ComesBackAsItWent) {
  core::Transcript transcript;
  transcript.language = "en";
  transcript.duration_s = 7.5;
  transcript.segments = {full_segment(), full_segment()};
  EXPECT_EQ(parse_transcript(to_json_text(transcript)), transcript);
}

TEST(TranscriptJson, WhatWasStoredBeforeThereWasMoreToTellIsRead) {
  const auto transcript = parse_transcript(
      R"({"text":"he","language":"en","duration_s":2,"segments":[{"id":0,"start":0,"end":1,)"
      R"("text":"he","tokens":[1],"avg_logprob":-0.5,"words":[{"word":"he","start":0,"end":1}]}]})");
  ASSERT_TRUE(transcript) << transcript.error();
  const core::Segment& segment = transcript->segments.at(0);
  EXPECT_EQ(segment.avg_logprob, -0.5);
  EXPECT_EQ(segment.seek, std::nullopt);
  EXPECT_EQ(segment.temperature, std::nullopt);
  EXPECT_EQ(segment.no_speech_prob, std::nullopt);
}

TEST(TranscriptJson, TheTextJoinsTheStrippedSegments) {
  core::Transcript transcript;
  for (const char* text : {" one \n", "  ", "two"}) {
    transcript.segments.emplace_back().text = text;
  }
  EXPECT_EQ(object_from(to_json_text(transcript)).at("text").as_string(), "one two");
}

TEST(TranscriptJson, InvalidUtf8AndNumbersThatAreNoneNeverLeave) {
  core::Transcript transcript;
  transcript.language = "\xFF";
  transcript.duration_s = std::numeric_limits<double>::infinity();
  core::Segment segment = full_segment();
  segment.text = "cut \xE6\x97";
  segment.start_s = std::nan("");
  segment.avg_logprob = std::nan("");
  segment.words[0].text = "\x80";
  segment.words[0].probability = std::nan("");
  transcript.segments = {segment};
  const auto back = parse_transcript(to_json_text(transcript));
  ASSERT_TRUE(back) << back.error();
  EXPECT_EQ(back->segments.at(0).text, "cut \xEF\xBF\xBD");
  EXPECT_FALSE(back->segments.at(0).avg_logprob);
}

TEST(TranscriptJson, WhatIsNoTranscriptIsAnError) {
  for (const char* text : {"", "[]", "nonsense", R"({"segments":{}})", R"({"segments":[1]})",
                           R"({"segments":[{}]})", R"({"language":1})"}) {
    EXPECT_FALSE(parse_transcript(text)) << text;
  }
}

TEST(OptionsJson, DefaultsAreAnEmptyObject) {
  EXPECT_TRUE(to_json(core::TranscribeOptions{}).empty());
  EXPECT_EQ(parse_options(json::object()), core::TranscribeOptions{});
}

TEST(OptionsJson, ComeBackAsTheyWent) {
  core::TranscribeOptions options;
  options.language = "de";
  options.task = "translate";
  options.initial_prompt = "names: Nguy\xE1\xBB\x85n";
  options.temperature = 0.0;
  options.beam_size = 5;
  options.word_timestamps = true;
  EXPECT_EQ(parse_options(to_json(options)), options);
}

TEST(OptionsJson, WrongTypesAreErrors) {
  for (const char* text :
       {R"({"language":1})", R"({"beam_size":0})", R"({"beam_size":"5"})",
        R"({"temperature":"hot"})", R"({"word_timestamps":"yes"})", R"({"task":[]})"}) {
    EXPECT_FALSE(parse_options(object_from(text))) << text;
  }
  EXPECT_TRUE(parse_options(object_from(R"({"later":{"version":2}})")));
}

}  // namespace
}  // namespace transcribed::wire
