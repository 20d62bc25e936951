// The engine whisper with a model for voice activity detection. No trained one is in this
// repository: these have random weights, or weights set by hand to tell loud from quiet.
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/spoken_words.h"

namespace transcribed::tests {
namespace {

using core::FailureKind;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

class WhisperVad : public WhisperTest {
 protected:
  static wire::Load with_vad(const std::string& vad_file, int slots = 1) {
    wire::Load load = load_of(micro(), slots);
    load.vad_file = vad_file;
    return load;
  }
  static wire::Ready start_with(WorkerProcess& worker, const std::string& vad_file, int slots = 1) {
    worker.send(with_vad(vad_file, slots));
    const auto reply = worker.next();
    if (!reply || !std::holds_alternative<wire::Ready>(*reply)) {
      ADD_FAILURE() << (reply ? wire::to_line(*reply) : "no answer");
      return {};
    }
    return std::get<wire::Ready>(*reply);
  }
  static void expect_failed_load(WorkerProcess& worker, const std::string& vad_file,
                                 const std::string& why) {
    worker.send(with_vad(vad_file));
    const auto reply = worker.next();
    ASSERT_TRUE(reply);
    const auto* failed = std::get_if<wire::JobFailed>(&*reply);
    ASSERT_NE(failed, nullptr) << wire::to_line(*reply);
    EXPECT_EQ(failed->job, "");
    EXPECT_EQ(failed->failure.kind, FailureKind::internal);
    EXPECT_THAT(failed->failure.message, HasSubstr(vad_file));
    EXPECT_THAT(failed->failure.message, HasSubstr(why));
  }
};

TEST_F(WhisperVad, WhatHoldsNoSpeechIsNotHeardAndTimesAreTheRecordings) {
  const std::string first = say("hello world good morning");
  const std::string second = say("red green blue");
  const std::string audio =
      join({noise(12), first, noise(40), second, noise(8)}, 0, "noise-and-speech.wav");
  core::TranscribeOptions options;
  options.language = "en";

  WorkerProcess plain({engine()});
  start(plain, micro());
  const HeardJob one = transcribe(plain, first, options);
  const HeardJob two = transcribe(plain, second, options);
  ASSERT_TRUE(one.done() && two.done());
  const double first_s = std::get<wire::JobDone>(*one.end).duration_s;
  const double second_s = std::get<wire::JobDone>(*two.end).duration_s;

  WorkerProcess worker({engine()});
  start_with(worker, vad_model("loud"));
  const HeardJob heard = transcribe(worker, audio, options);
  ASSERT_TRUE(heard.done()) << wire::to_line(*heard.end);
  EXPECT_NEAR(std::get<wire::JobDone>(*heard.end).duration_s, 60 + first_s + second_s, 0.1);
  EXPECT_LE(word_distance(words_of(heard.text()), words_of(one.text() + " " + two.text())), 3u)
      << heard.text() << " / " << one.text() << " / " << two.text();
  ASSERT_GE(heard.segments.size(), 2u);
  // A window begins and ends 0.4 s from speech.
  for (const core::Segment& segment : heard.segments) {
    const bool in_first = segment.start_s >= 11.5 && segment.end_s <= 12 + first_s + 0.5;
    const bool in_second =
        segment.start_s >= 51.5 + first_s && segment.end_s <= 52 + first_s + second_s + 0.5;
    EXPECT_TRUE(in_first || in_second)
        << segment.text << " " << segment.start_s << " to " << segment.end_s;
  }
}

TEST_F(WhisperVad, NoiseAloneGivesNoText) {
  WorkerProcess worker({engine()});
  start_with(worker, vad_model("loud"));
  const HeardJob heard = transcribe(worker, noise(65));
  ASSERT_TRUE(heard.done());
  EXPECT_THAT(heard.segments, IsEmpty());
  EXPECT_NEAR(std::get<wire::JobDone>(*heard.end).duration_s, 65, 0.1);
}

TEST_F(WhisperVad, SeveralJobsAtOnceDoNotDisturbOneAnother) {
  for (const std::string kind : {"random", "loud"}) {
    WorkerProcess worker({engine()});
    start_with(worker, vad_model(kind), 4);
    std::vector<std::string> recordings;
    for (const std::string& sentence : random_sentences(5, 4, 6, 33)) {
      recordings.push_back(join({noise(7), say(sentence), noise(6), say(sentence, "awb")}, 0,
                                kind + std::to_string(recordings.size()) + ".wav"));
    }
    std::map<std::string, std::vector<core::Segment>> alone;
    for (std::size_t i = 0; i < recordings.size(); ++i) {
      const HeardJob heard = transcribe(worker, recordings[i]);
      ASSERT_TRUE(heard.done()) << wire::to_line(*heard.end);
      if (!heard.segments.empty()) alone[std::to_string(i)] = heard.segments;
    }
    EXPECT_EQ(side_by_side(worker, recordings, 4), alone) << kind;
    if (kind == "loud") EXPECT_EQ(alone.size(), recordings.size());
  }
}

TEST_F(WhisperVad, ACancelStopsWhileNobodySpeaks) {
  WorkerProcess worker({engine()});
  start_with(worker, vad_model("loud"));
  // Half a minute of work for the detector.
  const std::string audio =
      folder_.ffmpeg("-stream_loop 119 -i '" + noise(60) + "' -c copy", "two-hours.wav");
  submit(worker, "job", audio);
  ASSERT_TRUE(worker.next());
  worker.send(wire::Cancel{"job"});
  EXPECT_EQ(worker.next_end(), wire::FromWorker(wire::JobCancelled{"job"}));
}

TEST_F(WhisperVad, AFileThatCannotBeUsedIsAFailedLoadAndNotTheEnd) {
  WorkerProcess worker({engine()});
  const std::string good = vad_model("random");
  const std::string whole = bytes_of(good);
  expect_failed_load(worker, folder_.path("nowhere.bin"), "No such file");
  expect_failed_load(worker, folder_.write("text.bin", "hello"),
                     "is no voice activity detection model");
  expect_failed_load(worker, micro(), "is a Whisper model");
  expect_failed_load(worker, folder_.write("half.bin", whole.substr(0, whole.size() / 2)),
                     "ends too early");
  expect_failed_load(worker, folder_.write("head.bin", whole.substr(0, 106)), "is not complete");
  // The same process can still load a good one, and what comes over its file later harms nobody.
  start_with(worker, good);
  folder_.write("vad-random.bin", "gone");
  EXPECT_TRUE(transcribe(worker, say("hello world")).done());
}

TEST_F(WhisperVad, WeightsThatAreNoNumbersHarmNobody) {
  std::string bytes = bytes_of(vad_model("random"));
  for (std::size_t i = 60'000; i < bytes.size() - 200'000; ++i) bytes[i] = '\xff';
  // Where that hit a tensor's head the file is refused; the first tensor alone has no head in it.
  std::string first = bytes_of(vad_model("random"));
  for (std::size_t i = 1'000; i < 90'000; ++i) first[i] = '\xff';
  WorkerProcess worker({engine()});
  expect_failed_load(worker, folder_.write("heads.bin", bytes), "is damaged");
  start_with(worker, folder_.write("nan.bin", first));
  EXPECT_TRUE(transcribe(worker, say("hello world")).done());
}

TEST_F(WhisperVad, ItsMemoryIsTold) {
  WorkerProcess plain({engine()});
  WorkerProcess worker({engine()});
  const core::Megabytes without = start(plain, micro()).ram_per_job_mb;
  EXPECT_EQ(start_with(worker, vad_model("random")).ram_per_job_mb, without + 6);
}

}  // namespace
}  // namespace transcribed::tests
