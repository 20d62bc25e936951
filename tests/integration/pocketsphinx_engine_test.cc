// The PocketSphinx worker as the daemon meets it, on sentences read by a person.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <numeric>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/made_recordings.h"
#include "tests/integration/worker_process.h"

namespace transcribed::tests {
namespace {

using core::FailureKind;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

const std::string sentences_folder = TRANSCRIBED_SENTENCES;

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) {
    if (word.front() != '<' && word.front() != '(') words.push_back(word);
  }
  return words;
}

// Words to insert, delete or replace to turn one into the other.
std::size_t distance(const std::vector<std::string>& from, const std::vector<std::string>& to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), 0U);
  for (std::size_t i = 1; i <= from.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= to.size(); ++j) {
      const std::size_t replaced = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row.back();
}

struct Sentence {
  std::string audio;
  std::string text;
};

std::vector<Sentence> sentences() {
  std::vector<Sentence> all;
  std::ifstream file(sentences_folder + "/transcription");
  for (std::string line; std::getline(file, line);) {
    const std::size_t name = line.rfind('(') + 1;
    all.push_back({sentences_folder + "/" + line.substr(name, line.rfind(')') - name) + ".wav",
                   line.substr(0, name - 1)});
  }
  return all;
}

struct Result {
  std::vector<core::Segment> segments;
  std::optional<wire::FromWorker> end;

  std::string text() const {
    std::string text;
    for (const core::Segment& segment : segments) text += segment.text + " ";
    return text;
  }
};

wire::Load load_of(const std::string& file, int slots = 1) {
  return {.model = "mine", .file = file, .device = "gpu:0", .slots = slots, .threads = 1};
}

core::TranscribeOptions timed_words() {
  core::TranscribeOptions options;
  options.language = "en";
  options.word_timestamps = true;
  return options;
}

core::TranscribeOptions in_german() {
  core::TranscribeOptions options;
  options.language = "de";
  return options;
}

core::TranscribeOptions translated() {
  core::TranscribeOptions options;
  options.task = "translate";
  return options;
}

class PocketsphinxTest : public ::testing::Test {
 protected:
  void SetUp() override {
    worker_.send(load_of(""));
    const auto ready = worker_.next();
    ASSERT_TRUE(ready);
    ASSERT_TRUE(std::holds_alternative<wire::Ready>(*ready));
    EXPECT_EQ(std::get<wire::Ready>(*ready).engine, "pocketsphinx");
    EXPECT_GT(std::get<wire::Ready>(*ready).ram_mb, 20);
    EXPECT_LT(std::get<wire::Ready>(*ready).ram_mb, 1000);
  }

  Result transcribe(const std::string& audio, core::TranscribeOptions options = {}) {
    const std::string job = "job" + std::to_string(++jobs_);
    worker_.send(
        wire::Transcribe{.job = job, .attempt = 1, .audio = audio, .options = std::move(options)});
    Result result;
    result.end = worker_.next_end(&result.segments);
    return result;
  }
  static void expect_done(const Result& result) {
    ASSERT_TRUE(result.end);
    ASSERT_TRUE(std::holds_alternative<wire::JobDone>(*result.end)) << wire::to_line(*result.end);
  }
  void expect_failure(const Result& result, FailureKind kind, const std::string& why) {
    ASSERT_TRUE(result.end);
    const auto* failed = std::get_if<wire::JobFailed>(&*result.end);
    ASSERT_NE(failed, nullptr) << wire::to_line(*result.end);
    EXPECT_EQ(failed->job, "job" + std::to_string(jobs_));
    EXPECT_EQ(failed->failure.kind, kind);
    EXPECT_THAT(failed->failure.message, HasSubstr(why));
  }
  // Ten minutes of somebody reading.
  std::string long_recording() {
    return folder_.ffmpeg("-stream_loop 84 -i '" + sentences().at(0).audio + "'", "long.wav");
  }

  RecordingFolder folder_;
  WorkerProcess worker_{{TRANSCRIBED_POCKETSPHINX_ENGINE}};
  int jobs_ = 0;
};

TEST_F(PocketsphinxTest, HearsFiveReadSentences) {
  std::size_t wrong = 0;
  std::size_t words = 0;
  ASSERT_EQ(sentences().size(), 5u);
  for (const Sentence& sentence : sentences()) {
    const Result result = transcribe(sentence.audio);
    expect_done(result);
    wrong += distance(words_of(sentence.text), words_of(result.text()));
    words += words_of(sentence.text).size();
  }
  const double rate = static_cast<double>(wrong) / static_cast<double>(words);
  std::cout << "word error rate " << rate << " (" << wrong << " of " << words << ")\n";
  EXPECT_LE(rate, 0.35);
}

TEST_F(PocketsphinxTest, AnyFormatSaysNearlyTheSame) {
  // One recording of three sentences, about 15 seconds.
  std::string inputs;
  for (const int i : {0, 1, 3}) inputs += "-i '" + sentences().at(i).audio + "' ";
  const std::string wav = folder_.ffmpeg(inputs + "-filter_complex concat=n=3:v=0:a=1", "all.wav");
  const Result as_wav = transcribe(wav);
  expect_done(as_wav);
  EXPECT_NEAR(std::get<wire::JobDone>(*as_wav.end).duration_s, 16.14, 0.05);
  EXPECT_EQ(std::get<wire::JobDone>(*as_wav.end).language, "en");
  const std::vector<std::string> said = words_of(as_wav.text());
  ASSERT_GT(said.size(), 35u);

  const Result as_flac = transcribe(folder_.ffmpeg("-i '" + wav + "'", "all.flac"));
  EXPECT_EQ(as_flac.text(), as_wav.text());
  for (const auto& [name, options] :
       {std::pair("all.mp3", "-b:a 96k"),
        {"all.m4a", "-b:a 96k"},
        {"all.ogg", "-c:a libvorbis -q:a 6"},
        {"all.mp4", "-f lavfi -i testsrc=d=16:s=64x64 -map 1:v -map 0:a -b:a 96k"}}) {
    const Result result = transcribe(folder_.ffmpeg("-i '" + wav + "' " + options, name));
    expect_done(result);
    const double different = static_cast<double>(distance(said, words_of(result.text()))) /
                             static_cast<double>(said.size());
    std::cout << name << ": " << different << " of the words differ from the wav's\n";
    EXPECT_LE(different, 0.25) << name << ": " << result.text();
  }
}

TEST_F(PocketsphinxTest, AJobDoesNotDependOnTheOnesBefore) {
  std::map<std::string, std::vector<core::Segment>> first;
  for (const Sentence& sentence : sentences()) {
    Result result = transcribe(sentence.audio);
    expect_done(result);
    first[sentence.audio] = std::move(result.segments);
  }
  // After a failed one, a quiet one, and in another order.
  transcribe(folder_.path("missing.wav"));
  transcribe(folder_.ffmpeg("-f lavfi -i anoisesrc=d=5:a=0.5", "noise.wav"));
  std::vector<Sentence> backwards = sentences();
  std::reverse(backwards.begin(), backwards.end());
  for (const Sentence& sentence : backwards) {
    EXPECT_EQ(transcribe(sentence.audio).segments, first[sentence.audio]) << sentence.audio;
  }
}

TEST_F(PocketsphinxTest, WordsComeWithTheirTimesWhenAskedFor) {
  const Result plain = transcribe(sentences().at(0).audio);
  ASSERT_FALSE(plain.segments.empty());
  EXPECT_TRUE(plain.segments[0].words.empty());
  const Result timed = transcribe(sentences().at(0).audio, timed_words());
  ASSERT_EQ(timed.text(), plain.text());
  double last_s = 0;
  for (const core::Segment& segment : timed.segments) {
    std::string text;
    for (const core::Word& word : segment.words) {
      EXPECT_GE(word.start_s, last_s);
      EXPECT_GT(word.end_s, word.start_s);
      EXPECT_GT(word.probability.value_or(0), 0);
      EXPECT_LE(word.probability.value_or(2), 1);
      last_s = word.start_s;
      text += (text.empty() ? "" : " ") + word.text;
    }
    EXPECT_EQ(segment.text, text);
    EXPECT_EQ(segment.start_s, segment.words.front().start_s);
    EXPECT_EQ(segment.end_s, segment.words.back().end_s);
    EXPECT_LT(segment.avg_logprob.value_or(1), 0);
  }
  EXPECT_LE(last_s, 7.2);
}

TEST_F(PocketsphinxTest, TimesStayTrueBehindPauses) {
  const std::string speech = sentences().at(1).audio;
  const Result alone = transcribe(speech, timed_words());
  ASSERT_FALSE(alone.segments.empty());
  const Result late = transcribe(
      folder_.ffmpeg(
          "-i '" + speech + "' -i '" + speech +
              "' -filter_complex '[0]adelay=4000[a];[1]adelay=6000[b];[a][b]concat=v=0:a=1'",
          "late.wav"),
      timed_words());
  ASSERT_EQ(late.segments.size(), 2u) << late.text();
  const double starts_s = alone.segments[0].start_s;
  EXPECT_NEAR(late.segments[0].start_s, 4 + starts_s, 0.3);
  EXPECT_NEAR(late.segments[1].start_s, 4 + 2.99 + 6 + starts_s, 0.3);
  EXPECT_EQ(late.segments[1].id, 1);
}

TEST_F(PocketsphinxTest, SilenceIsAnEmptyTranscript) {
  const Result result =
      transcribe(folder_.ffmpeg("-f lavfi -i anullsrc=r=16000 -t 30", "silence.wav"));
  expect_done(result);
  EXPECT_TRUE(result.segments.empty());
}

TEST_F(PocketsphinxTest, SomeoneWhoNeverPausesIsCut) {
  const Result result = transcribe(folder_.ffmpeg(
      "-stream_loop 12 -i '" + sentences().at(0).audio + "' -af atempo=1.0", "breathless.wav"));
  expect_done(result);
  for (const core::Segment& segment : result.segments) {
    EXPECT_LE(segment.end_s - segment.start_s, 31);
  }
  EXPECT_GT(result.segments.size(), 2u);
}

TEST_F(PocketsphinxTest, BadRecordingsEachHaveTheirError) {
  expect_failure(transcribe(folder_.write("text.mp3", std::string(3000, 'x') + "\nhello\n")),
                 FailureKind::bad_media, "not a recording");
  expect_failure(transcribe(folder_.write("empty.wav", "")), FailureKind::bad_media, "empty");
  expect_failure(
      transcribe(folder_.ffmpeg("-f lavfi -i sine=d=1 -af atrim=end_sample=0", "zero.wav")),
      FailureKind::bad_media, "0 seconds");
  expect_failure(transcribe(folder_.path("missing.wav")), FailureKind::bad_media, "No such file");
  const std::string bytes = bytes_of(sentences().at(0).audio);
  expect_done(transcribe(folder_.write("cut.wav", bytes.substr(0, bytes.size() / 2))));
}

TEST_F(PocketsphinxTest, WhatItCannotDoIsUnsupported) {
  expect_failure(transcribe(sentences().at(0).audio, in_german()), FailureKind::unsupported,
                 "\"en\" only");
  expect_failure(transcribe(sentences().at(0).audio, translated()), FailureKind::unsupported,
                 "translate");
}

TEST_F(PocketsphinxTest, ACancelInTheMiddleIsAcknowledgedSoon) {
  const Result before = transcribe(sentences().at(1).audio);
  worker_.send(
      wire::Transcribe{.job = "long", .attempt = 1, .audio = long_recording(), .options = {}});
  // Into the middle: past the first segment.
  while (true) {
    const auto message = worker_.next();
    ASSERT_TRUE(message);
    ASSERT_FALSE(std::holds_alternative<wire::JobDone>(*message));
    if (std::holds_alternative<wire::SegmentFound>(*message)) break;
  }
  // Soon: long before the ten minutes are through.
  worker_.send(wire::Cancel{"long"});
  EXPECT_EQ(worker_.next_end(), wire::FromWorker(wire::JobCancelled{"long"}));
  EXPECT_EQ(transcribe(sentences().at(1).audio).segments, before.segments);
}

TEST_F(PocketsphinxTest, GarbageOnItsInputIsIgnored) {
  worker_.send_raw("garbage\n{\"type\":\"later\"}\n\xFF\n");
  expect_done(transcribe(sentences().at(1).audio));
}

TEST_F(PocketsphinxTest, ShutdownAndTheEndOfItsInputEndItWithZero) {
  worker_.send(wire::Shutdown{});
  EXPECT_EQ(worker_.wait(), 0);
  WorkerProcess other({TRANSCRIBED_POCKETSPHINX_ENGINE});
  other.close_input();
  EXPECT_EQ(other.wait(), 0);
}

TEST_F(PocketsphinxTest, TheEndOfItsInputEndsARunningJobSoon) {
  worker_.send(
      wire::Transcribe{.job = "long", .attempt = 1, .audio = long_recording(), .options = {}});
  ASSERT_TRUE(worker_.next());
  worker_.close_input();
  EXPECT_FALSE(worker_.says_done()) << "it heard the whole recording first";
  EXPECT_EQ(worker_.wait(), 0);
}

TEST_F(PocketsphinxTest, ABrokenPipeEndsItQuietly) {
  worker_.send(
      wire::Transcribe{.job = "long", .attempt = 1, .audio = long_recording(), .options = {}});
  ASSERT_TRUE(worker_.next());
  worker_.close_output();
  // Far less than it takes to hear ten minutes.
  EXPECT_EQ(worker_.wait(30s), 0);
}

TEST(PocketsphinxLoad, AFolderWithoutAModelIsAFailureWithoutAJob) {
  const RecordingFolder folder;
  WorkerProcess worker({TRANSCRIBED_POCKETSPHINX_ENGINE});
  for (const std::string& file : {folder.path(""), folder.path("nowhere")}) {
    worker.send(load_of(file));
    const auto reply = worker.next();
    ASSERT_TRUE(reply);
    const auto* failed = std::get_if<wire::JobFailed>(&*reply);
    ASSERT_NE(failed, nullptr);
    EXPECT_EQ(failed->job, "");
    EXPECT_THAT(failed->failure.message, HasSubstr("no PocketSphinx model in"));
  }
}

TEST(PocketsphinxLoad, SeveralSlotsAreUnsupported) {
  WorkerProcess worker({TRANSCRIBED_POCKETSPHINX_ENGINE});
  worker.send(load_of("", 2));
  const auto reply = worker.next();
  ASSERT_TRUE(reply);
  ASSERT_TRUE(std::holds_alternative<wire::JobFailed>(*reply));
  EXPECT_EQ(std::get<wire::JobFailed>(*reply).failure.kind, FailureKind::unsupported);
}

}  // namespace
}  // namespace transcribed::tests
