// The query of POST /asr, without a server around it.
#include "http/asr_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace transcribed::http {
namespace {

TEST(AsrRequest, DefaultsAreThatServices) {
  const AsrRequest request = read_asr_request("").value();
  EXPECT_EQ(request.options, core::TranscribeOptions{});
  EXPECT_EQ(request.output, TranscriptFormat::txt);
  EXPECT_FALSE(request.is_raw_pcm);
}

TEST(AsrRequest, AsBazarrSendsIt) {
  const AsrRequest request =
      read_asr_request("task=translate&language=en&output=srt&encode=false&video_file=%2Fa+b.mkv")
          .value();
  EXPECT_EQ(request.options.task, "translate");
  EXPECT_EQ(request.options.language, "en");
  EXPECT_EQ(request.output, TranscriptFormat::srt);
  EXPECT_TRUE(request.is_raw_pcm);
}

TEST(AsrRequest, EveryParameterArrives) {
  const AsrRequest request =
      read_asr_request(
          "encode=True&task=transcribe&language=german&initial_prompt=Zo%C3%AB+and+Tom&"
          "vad_filter=true&word_timestamps=1&output=json&diarize=true&min_speakers=2")
          .value();
  EXPECT_EQ(request.options.task, "");
  EXPECT_EQ(request.options.language, "de");
  EXPECT_EQ(request.options.initial_prompt, "Zo\xc3\xab and Tom");
  EXPECT_TRUE(request.options.word_timestamps);
  EXPECT_EQ(request.output, TranscriptFormat::json);
  EXPECT_FALSE(request.is_raw_pcm);
}

TEST(AsrRequest, WrongValuesAreNamed) {
  const auto wrong = [](const std::string& query) {
    const auto request = read_asr_request(query);
    return request ? "ok" : request.error().param;
  };
  EXPECT_EQ(wrong("output=docx"), "output");
  EXPECT_EQ(wrong("task=sing"), "task");
  EXPECT_EQ(wrong("language=klingon"), "language");
  EXPECT_EQ(wrong("encode=maybe"), "encode");
  EXPECT_EQ(wrong("word_timestamps=2"), "word_timestamps");
}

TEST(AsrRequest, TheHeaderOfRawPcmIsWave) {
  const std::string header = wav_header_for_raw_pcm();
  ASSERT_EQ(header.size(), 44U);
  EXPECT_EQ(header.substr(0, 4), "RIFF");
  EXPECT_EQ(header.substr(8, 8), "WAVEfmt ");
  EXPECT_EQ(header.substr(20, 4), std::string("\x01\x00\x01\x00", 4)) << "PCM, one channel";
  EXPECT_EQ(header.substr(24, 4), std::string("\x80\x3e\x00\x00", 4)) << "16,000 a second";
  EXPECT_EQ(header.substr(36, 4), "data");
}

}  // namespace
}  // namespace transcribed::http
