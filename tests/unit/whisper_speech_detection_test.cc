// Recordings of which a detector tells where somebody speaks.
#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/exact_ears.h"
#include "whisper/speech_map.h"

namespace transcribed::whisper {
namespace {

TEST(SpeechMap, TellsWhereSpeechAndQuietBegin) {
  constexpr std::size_t frame = detector_frame_samples;
  SpeechMap map;
  EXPECT_EQ(map.known_to(), 0u);
  EXPECT_EQ(map.speech_from(0), 0u);
  map.add({false, true, true});
  map.add({false, true});
  EXPECT_EQ(map.known_to(), 5 * frame);
  EXPECT_EQ(map.speech_from(0), frame);
  EXPECT_EQ(map.speech_from(frame + 7), frame + 7);
  EXPECT_EQ(map.speech_from(3 * frame + 7), 4 * frame);
  EXPECT_EQ(map.quiet_from(7), 7u);
  EXPECT_EQ(map.quiet_from(frame), 3 * frame);
  EXPECT_EQ(map.quiet_from(4 * frame), 5 * frame);
  EXPECT_EQ(map.speech_from(9 * frame), 5 * frame);
}

void expect_all_words_with_detector(const Made& made) {
  const Outcome outcome = transcribe_speech(made);
  ASSERT_TRUE(outcome.heard) << outcome.heard.error().message;
  EXPECT_EQ(outcome.texts, numbers_to(made.lengths.size()));
  EXPECT_DOUBLE_EQ(outcome.heard->duration_s, total_s(made));
}

TEST(SpeechDetection, NoWordIsLostOrDoubledAtTheSeams) {
  std::mt19937 random(4);
  std::uniform_real_distribution<double> word_s(0.3, 1.2);
  std::exponential_distribution<double> gap(0.5);  // 2 s on average
  for (int round = 0; round < 4; ++round) {
    Made made;
    made.noise(gap(random) * round);
    while (made.lengths.size() < 100) {
      made.word(word_s(random));
      if (random() % 2 == 0) {
        made.noise(gap(random));
      } else {
        made.pause(gap(random));
      }
      if (random() % 20 == 0) made.noise(gap(random) * 12);
    }
    expect_all_words_with_detector(made);
  }
}

TEST(SpeechDetection, NorWhenNobodyPauses) {
  std::mt19937 random(5);
  std::uniform_real_distribution<double> word_s(0.3, 2);
  Made made;
  for (int i = 0; i < 300; ++i) made.word(word_s(random));
  expect_all_words_with_detector(made);
}

TEST(SpeechDetection, NorAtAnyLengthAroundAWindow) {
  for (double length_s = 29; length_s < 32; length_s += 0.173) {
    Made made;
    made.noise(0.1);
    while (total_s(made) < length_s - 1) {
      made.word(0.4);
      made.noise(0.05);
    }
    made.word(length_s - total_s(made));
    expect_all_words_with_detector(made);
  }
}

TEST(SpeechDetection, WhatHoldsNoSpeechIsNotHeardAndTimesStay) {
  Made made;
  std::vector<double> starts_s;
  for (const double noise_s : {70.0, 6.3, 2.0, 41.7}) {
    made.noise(noise_s);
    starts_s.push_back(total_s(made));
    made.word(0.5);
  }
  made.noise(100);
  const Outcome outcome = transcribe_speech(made);
  ASSERT_EQ(outcome.texts, numbers_to(4));
  for (std::size_t i = 0; i < starts_s.size(); ++i) {
    EXPECT_NEAR(outcome.report.segments[i].start_s, starts_s[i], 0.001);
    EXPECT_NEAR(outcome.report.segments[i].end_s, starts_s[i] + 0.5, 0.001);
  }
  EXPECT_DOUBLE_EQ(outcome.heard->duration_s, total_s(made));
  // Three windows: the words, 2 s between two of them, and some on either side.
  EXPECT_EQ(outcome.languages.size(), 3u);
  EXPECT_LE(outcome.samples_heard, 7 * samples_per_s);
  EXPECT_GE(outcome.samples_heard, 5 * samples_per_s);
  // Without a detector it hears all of it.
  EXPECT_GE(transcribe(made).samples_heard, 200 * samples_per_s);
}

TEST(SpeechDetection, WithoutSpeechNothingIsHeard) {
  for (const double noise_s : {0.01, 0.5, 31.0, 95.0}) {
    Made made;
    made.noise(noise_s);
    const Outcome outcome = transcribe_speech(made);
    ASSERT_TRUE(outcome.heard);
    EXPECT_TRUE(outcome.languages.empty());
    EXPECT_DOUBLE_EQ(outcome.heard->duration_s, total_s(made));
  }
}

TEST(SpeechDetection, PausesOfSpeechCostNoMoreWindows) {
  Made made;
  for (int i = 0; i < 60; ++i) {
    made.word(1);
    made.noise(4);
  }
  // 300 s in windows of 20 s and more.
  EXPECT_LE(transcribe_speech(made).languages.size(), 15u);
}

TEST(SpeechDetection, AWindowEndsInAPauseThatIsNotQuiet) {
  Made made;
  while (total_s(made) < 60) {
    made.word(2);
    made.noise(0.5);
  }
  const Outcome outcome = transcribe_speech(made);
  EXPECT_EQ(outcome.texts, numbers_to(made.lengths.size()));
  EXPECT_LE(outcome.longest, window_samples) << "no window went on";
  EXPECT_GT(transcribe(made).longest, window_samples) << "its volume does not tell";
}

TEST(SpeechDetection, TheEndOfAWordThatWasHeardIsNotHeardAgain) {
  Made made;
  made.word(2);
  made.noise(20);
  Detector detector;
  // As models do, it says that the word ended before it did.
  const Outcome outcome = transcribe(
      made, [](HeardWindow& heard) { heard.heard_s = 1.85; }, "", &detector);
  EXPECT_EQ(outcome.texts, numbers_to(1));
  EXPECT_EQ(outcome.languages.size(), 1u);
}

TEST(SpeechDetection, WhatIsTooMuchForAnEndIsHeardAgain) {
  Made made;
  made.word(2);
  made.noise(20);
  Detector detector;
  const Outcome outcome = transcribe(
      made, [](HeardWindow& heard) { heard.heard_s = 1.5; }, "", &detector);
  EXPECT_GE(outcome.languages.size(), 2u);
}

TEST(SpeechDetection, ACancelStopsWhileNobodySpeaks) {
  Made made;
  made.noise(1000);
  MadeSound sound(made.samples);
  Ears ears(made.lengths);
  Detector detector;
  Report report;
  report.cancel_at_progress = 2;
  EXPECT_FALSE(Transcription(sound, ears, "", false, report, &detector).run());
  EXPECT_LE(detector.heard, 100 * samples_per_s);
}

TEST(SpeechDetection, ItsFailureIsTheJobs) {
  Made made;
  made.word(1);
  Detector detector;
  detector.fail = true;
  const Outcome outcome = transcribe(made, {}, "", &detector);
  ASSERT_FALSE(outcome.heard);
  EXPECT_EQ(outcome.heard.error().message, "no ears");
}

}  // namespace
}  // namespace transcribed::whisper
