// Several jobs in one process of the engine whisper, and how they end.
#include <chrono>
#include <csignal>
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
using namespace std::chrono_literals;

class WhisperJobs : public WhisperTest {
 protected:
  // Ten minutes of somebody talking.
  std::string long_recording() const {
    const std::string once =
        join({say("hello world"), say("good morning"), say("red green blue")}, 1, "once.wav");
    return folder_.ffmpeg("-stream_loop 80 -i '" + once + "'", "long.wav");
  }
  static void expect_failed_load(WorkerProcess& worker, const std::string& file,
                                 const std::string& why) {
    worker.send(load_of(file));
    const auto reply = worker.next();
    ASSERT_TRUE(reply);
    const auto* failed = std::get_if<wire::JobFailed>(&*reply);
    ASSERT_NE(failed, nullptr) << wire::to_line(*reply);
    EXPECT_EQ(failed->job, "");
    EXPECT_EQ(failed->failure.kind, FailureKind::internal);
    EXPECT_THAT(failed->failure.message, HasSubstr(why));
  }
};

TEST_F(WhisperJobs, TheTextIsTheSameAloneAndWithFourOthersBesideIt) {
  WorkerProcess worker({engine()});
  start(worker, micro(), 5);
  std::vector<std::string> recordings;
  for (const std::string& sentence : random_sentences(9, 4, 6, 21)) {
    recordings.push_back(say(sentence, recordings.size() % 2 == 0 ? "slt" : "awb"));
  }
  recordings.push_back(say_german("guten morgen welt eins zwei drei"));
  std::map<std::string, std::vector<core::Segment>> alone;
  for (std::size_t i = 0; i < recordings.size(); ++i) {
    const HeardJob heard = transcribe(worker, recordings[i]);
    ASSERT_TRUE(heard.done());
    EXPECT_FALSE(heard.segments.empty());
    alone[std::to_string(i)] = heard.segments;
  }
  EXPECT_EQ(side_by_side(worker, recordings, 5), alone);
}

TEST_F(WhisperJobs, ACancelStopsOneJobAndNoOther) {
  WorkerProcess worker({engine()});
  start(worker, micro(), 2);
  const std::string audio = long_recording();
  submit(worker, "long", audio);
  submit(worker, "other", audio);
  std::map<std::string, int> segments;
  bool asked = false;
  while (true) {
    const auto message = worker.next();
    ASSERT_TRUE(message);
    if (const auto* found = std::get_if<wire::SegmentFound>(&*message)) {
      ++segments[found->job];
      if (segments["long"] == 1 && !asked) {
        worker.send(wire::Cancel{"long"});
        asked = true;
      }
    } else if (!std::holds_alternative<wire::Progress>(*message)) {
      EXPECT_EQ(*message, wire::FromWorker(wire::JobCancelled{"long"}));
      break;
    }
  }
  // A window has about nine; what was decoded already may still come.
  EXPECT_LE(segments["long"], 30);
  // The other goes on; its end is the next that comes.
  worker.send(wire::Cancel{"other"});
  EXPECT_EQ(worker.next_end(), wire::FromWorker(wire::JobCancelled{"other"}));
  EXPECT_TRUE(transcribe(worker, say("hello world")).done());
}

TEST_F(WhisperJobs, ACancelStopsInTheMiddleOfAWindow) {
  // Random weights: the decoder runs to its limit at each temperature, which takes many seconds.
  WorkerProcess worker({engine()});
  start(worker, random_model("tiny"));
  core::TranscribeOptions options;
  options.language = "en";
  submit(worker, "job", say("hello world good morning"), options);
  // Twice the same progress: the window is being heard.
  for (int i = 0; i < 3; ++i) {
    const auto message = worker.next();
    ASSERT_TRUE(message);
    ASSERT_TRUE(std::holds_alternative<wire::Progress>(*message)) << wire::to_line(*message);
    EXPECT_EQ(std::get<wire::Progress>(*message).done_s, 0);
  }
  worker.send(wire::Cancel{"job"});
  std::vector<core::Segment> segments;
  EXPECT_EQ(worker.next_end(&segments), wire::FromWorker(wire::JobCancelled{"job"}));
  EXPECT_TRUE(segments.empty());
}

TEST_F(WhisperJobs, KilledInTheMiddleOfAJobItEndsAndTheNextProcessIsFine) {
  const std::string audio = long_recording();
  {
    WorkerProcess worker({engine()});
    start(worker, micro());
    submit(worker, "long", audio);
    while (true) {
      const auto message = worker.next();
      ASSERT_TRUE(message);
      if (std::holds_alternative<wire::SegmentFound>(*message)) break;
    }
    worker.kill();
    EXPECT_EQ(worker.next_end(), std::nullopt);
    EXPECT_EQ(worker.wait(), 128 + SIGKILL);
  }
  WorkerProcess worker({engine()});
  start(worker, micro());
  EXPECT_TRUE(transcribe(worker, say("hello world")).done());
}

TEST_F(WhisperJobs, TheEndOfItsInputEndsARunningJobSoon) {
  WorkerProcess worker({engine()});
  start(worker, micro());
  submit(worker, "long", long_recording());
  ASSERT_TRUE(worker.next());
  worker.close_input();
  EXPECT_FALSE(worker.says_done()) << "it heard the whole recording first";
  EXPECT_EQ(worker.wait(), 0);
}

TEST_F(WhisperJobs, AModelThatCannotBeLoadedIsAFailureAndNotTheEnd) {
  WorkerProcess worker({engine()});
  const std::string whole = bytes_of(micro());
  expect_failed_load(worker, "", "No Whisper model file is configured");
  expect_failed_load(worker, folder_.path("nowhere.bin"), "No such file");
  expect_failed_load(worker, folder_.path(""), "is not a file");
  expect_failed_load(worker, folder_.write("text.bin", "hello"), "is not a ggml Whisper model");
  expect_failed_load(worker, folder_.write("half.bin", whole.substr(0, whole.size() / 2)),
                     "ends too early");
  expect_failed_load(worker, folder_.write("short.bin", whole.substr(0, whole.size() - 1)),
                     "ends too early");
  // The same process can still load a good one.
  start(worker, micro());
  EXPECT_TRUE(transcribe(worker, say("hello world")).done());
}

TEST_F(WhisperJobs, EveryKindOfBrokenModelIsRefusedWithItsReason) {
  WorkerProcess worker({engine()});
  for (const auto& [kind, why] : std::vector<std::pair<std::string, std::string>>{
           {"cut", "ends too early"},
           {"empty", "has no weights"},
           {"header", "1073741824 as audio layers"},
           {"filters", "80 by 257"},
           {"token", "token 300 is 2147483647 bytes long"},
           {"no-space", "no token for a space"},
           {"missing", "1 of its 104 tensors are missing"},
           {"twice", "a tensor twice"},
           {"shape", "decoder.ln.weight is 129 x 1 x 1"}}) {
    expect_failed_load(worker, random_model("micro", kind), why);
  }
  start(worker, micro());
  EXPECT_TRUE(transcribe(worker, say("hello world")).done());
}

TEST_F(WhisperJobs, WeightsThatAreNoNumbersGiveNoTextAndHarmNobody) {
  WorkerProcess worker({engine()});
  start(worker, random_model("micro", "nan"));
  const HeardJob heard = transcribe(worker, say("hello world"));
  ASSERT_TRUE(heard.done());
  EXPECT_EQ(heard.text(), "");
}

}  // namespace
}  // namespace transcribed::tests
