// The engine whisper hears words: those of our own small model, spoken by flite and espeak-ng.
#include <iostream>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/spoken_words.h"

namespace transcribed::tests {
namespace {

using core::FailureKind;

class WhisperSpeech : public WhisperTest {
 protected:
  core::TranscribeOptions english() const {
    core::TranscribeOptions options;
    options.language = "en";
    return options;
  }
};

TEST_F(WhisperSpeech, WordsComeOut) {
  WorkerProcess worker({engine()});
  const wire::Ready ready = start(worker, micro());
  EXPECT_EQ(ready.engine, "whisper");
  EXPECT_FALSE(ready.version.empty());
  EXPECT_EQ(ready.device, "CPU");
  EXPECT_EQ(ready.vram_mb, 0);
  EXPECT_EQ(ready.vram_per_job_mb, 0);
  std::size_t wrong = 0;
  std::size_t words = 0;
  for (const char* voice : {"slt", "awb"}) {
    for (const std::string& sentence : random_sentences(6, 4, 7, 11)) {
      const HeardJob heard = transcribe(worker, say(sentence, voice));
      ASSERT_TRUE(heard.done());
      wrong += word_distance(words_of(sentence), words_of(heard.text()));
      words += words_of(sentence).size();
    }
  }
  std::cout << wrong << " of " << words << " words wrong\n";
  EXPECT_LE(wrong * 100, words * 20);
}

TEST_F(WhisperSpeech, EnglishAndGermanAreToldApart) {
  WorkerProcess worker({engine()});
  start(worker, micro());
  const HeardJob english =
      transcribe(worker, say("hello world good morning please open the window"));
  ASSERT_TRUE(english.done());
  EXPECT_EQ(english.language(), "en");
  const HeardJob german = transcribe(worker, say_german("guten morgen welt bitte eins zwei drei"));
  ASSERT_TRUE(german.done());
  EXPECT_EQ(german.language(), "de");
  EXPECT_LE(
      word_distance(words_of("guten morgen welt bitte eins zwei drei"), words_of(german.text())),
      2u)
      << german.text();
  EXPECT_LE(word_distance(words_of("hello world good morning please open the window"),
                          words_of(english.text())),
            2u)
      << english.text();
}

TEST_F(WhisperSpeech, ALanguageThatIsAskedForIsUsed) {
  WorkerProcess worker({engine()});
  start(worker, micro());
  const std::string audio = say_german("guten morgen welt");
  std::vector<core::Segment> by_code;
  for (const char* german : {"de", "German", "DE", "de-AT"}) {
    core::TranscribeOptions options;
    options.language = german;
    const HeardJob heard = transcribe(worker, audio, options);
    ASSERT_TRUE(heard.done()) << german;
    EXPECT_EQ(heard.language(), "de") << german;
    if (by_code.empty()) by_code = heard.segments;
    EXPECT_EQ(heard.segments, by_code) << german;
  }
}

TEST_F(WhisperSpeech, FindingTheLanguageOutDoesNotChangeTheText) {
  WorkerProcess worker({engine()});
  start(worker, micro());
  core::TranscribeOptions english;
  english.language = "en";
  for (const std::string& said : random_sentences(4, 4, 7, 11)) {
    const std::string audio = say(said, "awb");
    const HeardJob told = transcribe(worker, audio, english);
    const HeardJob found = transcribe(worker, audio);
    ASSERT_TRUE(told.done() && found.done());
    EXPECT_EQ(found.language(), "en");
    EXPECT_EQ(found.segments, told.segments) << said;
    EXPECT_FALSE(told.text().empty());
  }
}

TEST_F(WhisperSpeech, WordsHaveTimesAndProbabilitiesWhenAskedFor) {
  WorkerProcess worker({engine()});
  start(worker, micro());
  const std::string audio = say("green three where morning six");
  const HeardJob plain = transcribe(worker, audio);
  ASSERT_TRUE(plain.done());
  ASSERT_FALSE(plain.segments.empty());
  EXPECT_TRUE(plain.segments[0].words.empty());
  core::TranscribeOptions options;
  options.word_timestamps = true;
  const HeardJob timed = transcribe(worker, audio, options);
  EXPECT_EQ(timed.text(), plain.text());
  double last_s = 0;
  for (const core::Segment& segment : timed.segments) {
    std::string text;
    for (const core::Word& word : segment.words) {
      EXPECT_GE(word.start_s, last_s);
      EXPECT_GE(word.end_s, word.start_s);
      ASSERT_TRUE(word.probability);
      EXPECT_GT(*word.probability, 0);
      EXPECT_LE(*word.probability, 1);
      last_s = word.end_s;
      text += (text.empty() ? "" : " ") + word.text;
    }
    EXPECT_EQ(text, segment.text);
    EXPECT_FALSE(segment.tokens.empty());
    ASSERT_TRUE(segment.avg_logprob);
    EXPECT_LT(*segment.avg_logprob, 0);
  }
  // Five words in about two seconds.
  EXPECT_GT(last_s, 1);
  EXPECT_LT(last_s, 4);
}

TEST_F(WhisperSpeech, SegmentsTellHowTheyWereHeard) {
  WorkerProcess worker({engine()});
  start(worker, micro());
  const std::string speech = say("green three where morning six");
  core::TranscribeOptions warm = english();
  warm.temperature = 0.4;
  const HeardJob sure = transcribe(worker, speech, english());
  ASSERT_FALSE(sure.segments.empty());
  EXPECT_EQ(sure.segments[0].seek, 0);
  EXPECT_EQ(sure.segments[0].temperature, 0);
  ASSERT_TRUE(sure.segments[0].no_speech_prob);
  EXPECT_GE(*sure.segments[0].no_speech_prob, 0);
  EXPECT_LT(*sure.segments[0].no_speech_prob, 0.1);
  EXPECT_EQ(transcribe(worker, speech, warm).segments.at(0).temperature, 0.4);

  // What it makes of noise libwhisper does not like, and tries hotter: 0.6, 0.8, and 1 at last.
  const std::string noise =
      folder_.ffmpeg("-f lavfi -i anoisesrc=a=0.3:seed=1:r=16000:d=8", "loud.wav");
  const HeardJob unsure = transcribe(worker, noise, warm);
  ASSERT_FALSE(unsure.segments.empty());
  EXPECT_THAT(unsure.segments[0].temperature, testing::AnyOf(0.6, 0.8, 1.0));
  // It is about the sound, not about how it was searched.
  EXPECT_EQ(transcribe(worker, speech, warm).segments.at(0).no_speech_prob,
            sure.segments[0].no_speech_prob);
}

TEST_F(WhisperSpeech, OtherWaysOfSearchingHearItToo) {
  WorkerProcess worker({engine()});
  start(worker, micro());
  const std::string audio = say("red white nine up good yellow");
  core::TranscribeOptions beams = english();
  beams.beam_size = 5;
  EXPECT_LE(word_distance(words_of("red white nine up good yellow"),
                          words_of(transcribe(worker, audio, beams).text())),
            2u);
  // Chance is the same in each job: no state is left from the one before.
  core::TranscribeOptions warm = english();
  warm.temperature = 0.6;
  const HeardJob first = transcribe(worker, audio, warm);
  ASSERT_TRUE(first.done());
  EXPECT_EQ(transcribe(worker, audio, warm).segments, first.segments);
  core::TranscribeOptions prompted = english();
  prompted.initial_prompt = "red white";
  EXPECT_TRUE(transcribe(worker, audio, prompted).done());
  core::TranscribeOptions translated = english();
  translated.task = "translate";
  EXPECT_TRUE(transcribe(worker, audio, translated).done());
}

TEST_F(WhisperSpeech, ALongRecordingLosesAndDoublesNoSentenceAtTheSeams) {
  WorkerProcess worker({engine()});
  start(worker, micro());
  const std::vector<std::string> sentences = random_sentences(50, 3, 5, 5);
  std::vector<std::string> recordings;
  std::string text;
  for (const std::string& sentence : sentences) {
    recordings.push_back(say(sentence));
    text += sentence + " ";
  }
  // Two and a half minutes.
  const HeardJob heard = transcribe(worker, join(recordings, 1.2, "long.wav"), english());
  ASSERT_TRUE(heard.done());
  const std::size_t wrong = word_distance(words_of(text), words_of(heard.text()));
  std::cout << wrong << " of " << words_of(text).size() << " words wrong, " << heard.segments.size()
            << " segments for " << sentences.size() << " sentences\n";
  // The model mishears words and sometimes repeats them. A seam that loses or doubles would cost a
  // sentence at each of six or more.
  EXPECT_LE(wrong * 100, words_of(text).size() * 40);
  EXPECT_NEAR(static_cast<double>(heard.segments.size()), 50, 4);
  double last_s = 0;
  for (const core::Segment& segment : heard.segments) {
    EXPECT_GE(segment.start_s, last_s);
    EXPECT_GE(segment.end_s, segment.start_s);
    last_s = segment.end_s;
  }
  EXPECT_LE(last_s, std::get<wire::JobDone>(*heard.end).duration_s);
}

TEST_F(WhisperSpeech, SilenceIsAnEmptyTranscript) {
  WorkerProcess worker({engine()});
  start(worker, micro());
  const HeardJob heard =
      transcribe(worker, folder_.ffmpeg("-f lavfi -i anullsrc=r=16000 -t 70", "silence.wav"));
  ASSERT_TRUE(heard.done());
  EXPECT_TRUE(heard.segments.empty());
  EXPECT_NEAR(std::get<wire::JobDone>(*heard.end).duration_s, 70, 0.1);
}

TEST_F(WhisperSpeech, BadRecordingsEachHaveTheirError) {
  WorkerProcess worker({engine()});
  start(worker, micro());
  expect_failure(transcribe(worker, folder_.write("text.mp3", std::string(3000, 'x'))),
                 FailureKind::bad_media, "not a recording");
  expect_failure(transcribe(worker, folder_.write("empty.wav", "")), FailureKind::bad_media,
                 "empty");
  expect_failure(transcribe(worker, folder_.path("missing.wav")), FailureKind::bad_media,
                 "No such file");
}

TEST_F(WhisperSpeech, WhatItCannotDoIsUnsupported) {
  WorkerProcess worker({engine()});
  start(worker, micro());
  const std::string audio = say("hello");
  core::TranscribeOptions options;
  options.language = "tlh";
  expect_failure(transcribe(worker, audio, options), FailureKind::unsupported, "\"tlh\"");
  options = {};
  options.beam_size = 6;
  expect_failure(transcribe(worker, audio, options), FailureKind::unsupported, "5 beams");
  options = {};
  options.temperature = 1.5;
  expect_failure(transcribe(worker, audio, options), FailureKind::unsupported, "from 0 to 1");

  WorkerProcess english_only({engine()});
  start(english_only, random_model("tiny.en"));
  options = {};
  options.language = "de";
  expect_failure(transcribe(english_only, audio, options), FailureKind::unsupported,
                 "English only");
  options = {};
  options.task = "translate";
  expect_failure(transcribe(english_only, audio, options), FailureKind::unsupported, "translate");
}

}  // namespace
}  // namespace transcribed::tests
