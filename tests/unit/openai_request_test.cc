// The fields of OpenAI's audio API, without a server around them.
#include "http/openai_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace transcribed::http {
namespace {

using ::testing::HasSubstr;
using Task = OpenAiRequest::Task;
using Fields = std::vector<std::pair<std::string, std::string>>;

// "ok", or the error's code and field.
std::string set_all(OpenAiRequest& request, const Fields& fields) {
  for (const auto& [name, value] : fields) {
    if (const auto error = request.set(name, value)) return error->code + " " + error->param;
  }
  const auto options = request.options();
  return options ? "ok" : options.error().code + " " + options.error().param;
}
std::string verdict(const Fields& fields) {
  OpenAiRequest request(Task::transcribe);
  return set_all(request, fields);
}

core::Transcript some_transcript() {
  core::Transcript transcript;
  transcript.language = "en";
  transcript.duration_s = 2.5;
  core::Segment segment;
  segment.end_s = 2.5;
  segment.text = " Hello there.";
  segment.words = {{0, 1, " Hello", 0.9}, {1, 2.5, " there.", 0.9}};
  transcript.segments = {segment};
  return transcript;
}
Response answer(const Fields& fields) {
  OpenAiRequest request(Task::transcribe);
  EXPECT_EQ(set_all(request, fields), "ok");
  return request.answer(some_transcript());
}

TEST(OpenAiRequest, EveryFieldArrives) {
  OpenAiRequest request(Task::translate);
  ASSERT_EQ(set_all(request, {{"model", "whisper-1"},
                              {"language", "German"},
                              {"prompt", "Names: Zo\xc3\xab"},
                              {"response_format", "verbose_json"},
                              {"temperature", "0.4"},
                              {"timestamp_granularities[]", "word"},
                              {"stream", "false"}}),
            "ok");
  core::TranscribeOptions expected;
  expected.language = "de";
  expected.task = "translate";
  expected.initial_prompt = "Names: Zo\xc3\xab";
  expected.temperature = 0.4;
  expected.word_timestamps = true;
  EXPECT_EQ(request.options().value(), expected);
  EXPECT_EQ(request.model(), "whisper-1");
  EXPECT_FALSE(request.stream());
}

TEST(OpenAiRequest, WhatOtherServersKnowIsIgnored) {
  EXPECT_EQ(verdict({{"include[]", "logprobs"},
                     {"chunking_strategy", "auto"},
                     {"chunking_strategy[type]", "server_vad"},
                     {"known_speaker_names[]", "Ann"},
                     {"hotwords", "x"}}),
            "ok");
}

TEST(OpenAiRequest, WrongValuesAreNamed) {
  EXPECT_EQ(verdict({{"response_format", "docx"}}), "bad_value response_format");
  EXPECT_EQ(verdict({{"response_format", "diarized_json"}}), "bad_value response_format");
  EXPECT_EQ(verdict({{"language", "klingon"}}), "bad_value language");
  for (const std::string value : {"-0.1", "1.1", "warm", "", "nan", "0.5x"}) {
    EXPECT_EQ(verdict({{"temperature", value}}), "bad_value temperature") << value;
  }
  EXPECT_EQ(verdict({{"timestamp_granularities[]", "syllable"}}),
            "bad_value timestamp_granularities");
  EXPECT_EQ(verdict({{"stream", "yes"}}), "bad_value stream");
  EXPECT_EQ(verdict({{"prompt", "\xff"}}), "bad_value prompt");
}

TEST(OpenAiRequest, WhatDoesNotGoTogetherIsRefused) {
  EXPECT_EQ(verdict({{"timestamp_granularities", "word"}}), "bad_value timestamp_granularities");
  EXPECT_EQ(verdict({{"stream", "true"}, {"response_format", "srt"}}), "bad_value stream");
  EXPECT_EQ(verdict({{"stream", "true"}, {"response_format", "text"}}), "ok");
}

TEST(OpenAiRequest, TheLanguageMayBeLeftToTheModel) {
  for (const std::string value : {"", "auto"}) {
    OpenAiRequest request(Task::transcribe);
    EXPECT_EQ(set_all(request, {{"language", value}}), "ok");
    EXPECT_EQ(request.options()->language, "");
  }
}

TEST(OpenAiRequest, AnswersInTheFormatThatWasAskedFor) {
  EXPECT_EQ(answer({}).body, R"({"text":"Hello there.","usage":{"type":"duration","seconds":3}})");
  EXPECT_EQ(answer({{"response_format", "text"}}).body, "Hello there.\n");
  EXPECT_EQ(answer({{"response_format", "srt"}}).body,
            "1\n00:00:00,000 --> 00:00:02,500\nHello there.\n\n");
  EXPECT_THAT(answer({{"response_format", "vtt"}}).body, ::testing::StartsWith("WEBVTT\n\n00:00"));
  EXPECT_THAT(std::string(answer({{"response_format", "vtt"}}).content_type),
              HasSubstr("text/vtt"));
}

TEST(OpenAiRequest, GranularitiesSayWhichListsAreThere) {
  const std::string verbose = answer({{"response_format", "verbose_json"}}).body;
  EXPECT_THAT(verbose, HasSubstr("\"segments\":"));
  EXPECT_THAT(verbose, Not(HasSubstr("\"words\":")));
  const std::string words =
      answer({{"response_format", "verbose_json"}, {"timestamp_granularities[]", "word"}}).body;
  EXPECT_THAT(words, HasSubstr("\"words\":"));
  EXPECT_THAT(words, Not(HasSubstr("\"segments\":")));
  const std::string both = answer({{"response_format", "verbose_json"},
                                   {"timestamp_granularities[]", "word"},
                                   {"timestamp_granularities[]", "segment"}})
                               .body;
  EXPECT_THAT(both, AllOf(HasSubstr("\"words\":"), HasSubstr("\"segments\":")));
}

TEST(OpenAiModel, WhisperOneIsTheDefaultUnlessAModelIsCalledThat) {
  scheduler::ModelsView models;
  models.models = {{"medium", "whisper", true, {}}, {"small", "whisper", false, {}}};
  EXPECT_EQ(openai_model("small", models).value(), "small");
  EXPECT_EQ(openai_model("whisper-1", models).value(), "");
  const auto unknown = openai_model("gpt-9", models);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().status, 404);
  EXPECT_EQ(unknown.error().code, "model_not_found");
  EXPECT_THAT(unknown.error().message, HasSubstr("medium, small"));
  models.models.push_back({"whisper-1", "command", false, {}});
  EXPECT_EQ(openai_model("whisper-1", models).value(), "whisper-1");
}

}  // namespace
}  // namespace transcribed::http
