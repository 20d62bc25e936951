// Long recordings through short windows, with ears that hear exactly.
#include "whisper/transcription.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/exact_ears.h"
#include "whisper/speech_window.h"

namespace transcribed::whisper {
namespace {

void expect_all_words(const Made& made) {
  const Outcome outcome = transcribe(made);
  ASSERT_TRUE(outcome.heard) << outcome.heard.error().message;
  EXPECT_EQ(outcome.texts, numbers_to(made.lengths.size()));
  EXPECT_DOUBLE_EQ(outcome.heard->duration_s, total_s(made));
  EXPECT_LE(outcome.longest, window_samples + samples_per_s);
}

TEST(WhisperTranscription, NoWordIsLostOrDoubledAtTheSeams) {
  std::mt19937 random(1);
  std::uniform_real_distribution<double> word_s(0.2, 1.2);
  std::uniform_real_distribution<double> gap_s(0.02, 0.5);
  for (int round = 0; round < 10; ++round) {
    Made made;
    while (made.lengths.size() < 400) {
      made.word(word_s(random));
      made.pause(gap_s(random));
    }
    expect_all_words(made);
  }
}

TEST(WhisperTranscription, NorWhenNobodyPauses) {
  std::mt19937 random(2);
  std::uniform_real_distribution<double> word_s(0.2, 2);
  Made made;
  for (int i = 0; i < 300; ++i) made.word(word_s(random));
  expect_all_words(made);
}

TEST(WhisperTranscription, NorAtAnyLengthAroundAWindow) {
  for (double length_s = 29; length_s < 32; length_s += 0.173) {
    Made made;
    while (total_s(made) < length_s - 1) {
      made.word(0.4);
      made.pause(0.05);
    }
    made.word(length_s - total_s(made));
    expect_all_words(made);
  }
}

TEST(WhisperTranscription, SegmentsTellTheWindowTheyWereHeardIn) {
  Made made;
  for (int i = 0; i < 40; ++i) {
    made.pause(1);
    made.word(1);
  }
  double no_speech_prob = 0.25;
  const Outcome outcome = transcribe(made, [&](HeardWindow& window) {
    window.temperature = 0.2;
    window.no_speech_prob = no_speech_prob;
    no_speech_prob = std::nan("");
  });
  ASSERT_EQ(outcome.report.segments.size(), 40U);
  const core::Segment& first = outcome.report.segments.front();
  EXPECT_EQ(first.seek, 0);
  EXPECT_EQ(first.temperature, 0.2);
  EXPECT_EQ(first.no_speech_prob, 0.25);
  const core::Segment& last = outcome.report.segments.back();
  ASSERT_TRUE(last.seek);
  EXPECT_GT(*last.seek, 5000) << "of 80 s, in windows of up to 30 s";
  EXPECT_LE(*last.seek / 100.0, last.start_s);
  EXPECT_EQ(last.no_speech_prob, std::nullopt) << "what is no number is not told";
}

TEST(WhisperTranscription, TimesAreThoseOfTheRecording) {
  Made made;
  std::vector<double> starts_s;
  for (int i = 0; i < 100; ++i) {
    made.pause(0.7);
    starts_s.push_back(total_s(made));
    made.word(0.5);
  }
  const Outcome outcome = transcribe(made);
  ASSERT_EQ(outcome.report.segments.size(), starts_s.size());
  for (std::size_t i = 0; i < starts_s.size(); ++i) {
    EXPECT_EQ(outcome.report.segments[i].id, static_cast<int>(i));
    EXPECT_NEAR(outcome.report.segments[i].start_s, starts_s[i], 0.001);
    EXPECT_NEAR(outcome.report.segments[i].end_s, starts_s[i] + 0.5, 0.001);
  }
}

TEST(WhisperTranscription, SilenceIsNotHeardAtAll) {
  Made made;
  made.pause(95);
  const Outcome silent = transcribe(made);
  ASSERT_TRUE(silent.heard);
  EXPECT_TRUE(silent.languages.empty());
  EXPECT_EQ(silent.heard->duration_s, 95);
  EXPECT_EQ(silent.heard->language, "");

  made.word(1);
  made.pause(70);
  made.word(1);
  expect_all_words(made);
}

TEST(WhisperTranscription, TheLanguageIsFoundOutOnceWhereThereIsSound) {
  Made made;
  made.pause(60);
  for (int i = 0; i < 100; ++i) {
    made.word(0.5);
    made.pause(0.5);
  }
  const Outcome found = transcribe(made);
  ASSERT_GE(found.languages.size(), 3u);
  EXPECT_EQ(found.languages[0], "");
  EXPECT_EQ(found.languages[1], "eo");
  EXPECT_EQ(found.heard->language, "eo");
  const Outcome told = transcribe(made, {}, "de");
  EXPECT_EQ(told.languages[0], "de");
  EXPECT_EQ(told.heard->language, "de");
}

TEST(WhisperTranscription, TimesThatMakeNoSenseAreClampedAndTheEndIsReached) {
  Made made;
  for (int i = 0; i < 200; ++i) {
    made.word(0.4);
    made.pause(0.3);
  }
  std::mt19937 random(3);
  const std::vector<double> nonsense = {-1,
                                        0,
                                        1e9,
                                        -1e9,
                                        std::numeric_limits<double>::quiet_NaN(),
                                        std::numeric_limits<double>::infinity()};
  const auto any = [&] { return nonsense[random() % nonsense.size()]; };
  const Outcome outcome = transcribe(made, [&](HeardWindow& heard) {
    heard.heard_s = any();
    for (HeardSegment& segment : heard.segments) {
      segment.start_s = any();
      segment.end_s = any();
      segment.tokens = {{.id = 1,
                         .is_text = true,
                         .text = " a",
                         .start_s = any(),
                         .end_s = any(),
                         .probability = 1,
                         .log_probability = any()},
                        {.id = 2,
                         .is_text = true,
                         .text = " b",
                         .start_s = any(),
                         .end_s = any(),
                         .probability = 1,
                         .log_probability = -1}};
    }
  });
  ASSERT_TRUE(outcome.heard);
  ASSERT_FALSE(outcome.report.segments.empty());
  double last_s = 0;
  for (const core::Segment& segment : outcome.report.segments) {
    EXPECT_GE(segment.start_s, last_s);
    EXPECT_GE(segment.end_s, segment.start_s);
    EXPECT_LE(segment.end_s, total_s(made));
    last_s = segment.end_s;
    double last_word_s = segment.start_s;
    for (const core::Word& word : segment.words) {
      EXPECT_GE(word.start_s, last_word_s);
      EXPECT_GE(word.end_s, word.start_s);
      EXPECT_LE(word.end_s, segment.end_s);
      last_word_s = word.end_s;
    }
    EXPECT_TRUE(std::isfinite(segment.avg_logprob.value_or(0)));
  }
}

TEST(WhisperTranscription, BlankSegmentsAreNone) {
  Made made;
  made.word(1);
  const Outcome outcome = transcribe(made, [](HeardWindow& heard) {
    heard.segments.insert(heard.segments.begin(),
                          {.start_s = 0, .end_s = 1, .text = "  ", .tokens = {}});
  });
  ASSERT_EQ(outcome.report.segments.size(), 1u);
  EXPECT_EQ(outcome.report.segments[0].id, 0);
  EXPECT_EQ(outcome.report.segments[0].text, "0");
}

TEST(WhisperTranscription, ProgressGrowsAndKnowsTheWhole) {
  Made made;
  for (int i = 0; i < 100; ++i) {
    made.word(0.5);
    made.pause(0.5);
  }
  const Outcome outcome = transcribe(made);
  double last_s = 0;
  for (const auto& [done_s, whole_s] : outcome.report.progress_told) {
    EXPECT_GE(done_s, last_s);
    EXPECT_LE(done_s, whole_s);
    EXPECT_GE(whole_s, 7);  // what the file says is too little here
    last_s = done_s;
  }
  EXPECT_GT(last_s, 50);
}

TEST(WhisperTranscription, ACancelEndsItInTheMiddleOfAWindow) {
  Made made;
  for (int i = 0; i < 100; ++i) made.word(0.5);
  MadeSound sound(made.samples);
  Ears ears(made.lengths);
  Report report;
  report.cancel_at_progress = 4;  // while the second window is heard
  EXPECT_FALSE(Transcription(sound, ears, "", false, report).run());
  EXPECT_EQ(ears.languages.size(), 2u);
}

TEST(WhisperTranscription, AFailureToReadIsTheJobs) {
  Made made;
  for (int i = 0; i < 100; ++i) made.word(0.5);
  MadeSound sound(made.samples);
  sound.fail_at = 35 * samples_per_s;
  Ears ears(made.lengths);
  Report report;
  const auto heard = Transcription(sound, ears, "", false, report).run();
  ASSERT_FALSE(heard);
  EXPECT_EQ(heard.error().message, "the disk failed");
}

TEST(SpeechWindow, ThePauseIsFoundInItsMiddle) {
  Made made;
  made.word(22);
  made.pause(0.4);
  made.word(3);
  made.pause(0.2);
  made.word(10);
  // The longer one, since the later is short.
  const auto pause = pause_between(made.samples, 20 * samples_per_s, window_samples);
  ASSERT_TRUE(pause);
  EXPECT_NEAR(static_cast<double>(*pause) / samples_per_s, 22.2, 0.03);
}

TEST(SpeechWindow, OfGoodPausesTheLatestAndNoneOutside) {
  Made made;
  made.word(5);
  made.pause(2);
  made.word(15);
  made.pause(1);
  made.word(3);
  made.pause(0.5);
  made.word(10);
  const auto pause = pause_between(made.samples, 20 * samples_per_s, window_samples);
  ASSERT_TRUE(pause);
  EXPECT_NEAR(static_cast<double>(*pause) / samples_per_s, 26.25, 0.03);
  EXPECT_FALSE(pause_between(made.samples, 27 * samples_per_s, window_samples));
}

TEST(SpeechWindow, SilenceAndLoudness) {
  std::vector<float> quiet(samples_per_s, 3.0F / 32768);
  EXPECT_TRUE(is_silence(quiet));
  quiet[5] = -0.01F;
  EXPECT_FALSE(is_silence(quiet));
  EXPECT_EQ(loudness({}), 0);
  EXPECT_NEAR(loudness(std::vector<float>(samples_per_s, 0.5F)), 0.5, 1e-6);
}

}  // namespace
}  // namespace transcribed::whisper
