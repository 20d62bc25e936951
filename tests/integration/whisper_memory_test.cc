// What the engine whisper takes, and what it says when it cannot have it.
#include <csignal>
#include <iostream>
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

class WhisperMemory : public WhisperTest {
 protected:
  // The engine in `more_mb` of address space beyond what it takes with `model` loaded: "VmSize", or
  // "VmPeak", which has a job's state in it, for the engine makes one to see what it takes.
  std::vector<std::string> limited(const std::string& model, const std::string& line,
                                   long more_mb) const {
    // One heap for all threads, so that what each maps ahead does not count.
    const std::vector<std::string> one_heap = {"env", "MALLOC_ARENA_MAX=1"};
    std::vector<std::string> argv = one_heap;
    argv.push_back(engine());
    WorkerProcess measured(argv);
    start(measured, model);
    const long bytes = (status_mb(measured.pid(), line) + more_mb) * 1024 * 1024;
    argv = one_heap;
    argv.insert(argv.end(), {"prlimit", "--as=" + std::to_string(bytes), engine()});
    return argv;
  }
};

TEST_F(WhisperMemory, WhatItSaysItTakesIsAboutWhatItTakes) {
  WorkerProcess worker({engine()});
  const wire::Ready ready = start(worker, random_model("tiny"));
  // 77.7 MB of weights; a state of 146 MB, six more caches of 3.1 MB, and some.
  EXPECT_GE(ready.ram_mb, 74);
#ifndef TRANSCRIBED_SANITIZED
  EXPECT_LE(ready.ram_mb, 160);
#endif
  EXPECT_GE(ready.ram_per_job_mb, 140 + 18);
  EXPECT_LE(ready.ram_per_job_mb, 240);
}

TEST_F(WhisperMemory, AModelWithoutRoomIsToldAsOutOfMemoryWithFigures) {
#ifdef TRANSCRIBED_SANITIZED
  GTEST_SKIP() << "a sanitizer needs more address space than any limit that would show something";
#endif
  WorkerProcess worker(limited(micro(), "VmSize", 200));
  worker.send(load_of(random_model("small")));
  const auto reply = worker.next();
  ASSERT_TRUE(reply);
  const auto* failed = std::get_if<wire::JobFailed>(&*reply);
  ASSERT_NE(failed, nullptr) << wire::to_line(*reply);
  EXPECT_EQ(failed->job, "");
  EXPECT_EQ(failed->failure.kind, FailureKind::out_of_memory);
  EXPECT_THAT(failed->failure.message, HasSubstr("0.5 GB needed"));
}

TEST_F(WhisperMemory, NorIsOneLoadedBesideWhichNoJobHasRoom) {
#ifdef TRANSCRIBED_SANITIZED
  GTEST_SKIP() << "a sanitizer needs more address space than any limit that would show something";
#endif
  WorkerProcess worker(limited(micro(), "VmSize", 600));
  worker.send(load_of(random_model("small")));
  const auto reply = worker.next();
  ASSERT_TRUE(reply);
  const auto* failed = std::get_if<wire::JobFailed>(&*reply);
  ASSERT_NE(failed, nullptr) << wire::to_line(*reply);
  EXPECT_EQ(failed->failure.kind, FailureKind::out_of_memory);
  EXPECT_THAT(failed->failure.message, HasSubstr("a job beside the model"));
}

TEST_F(WhisperMemory, WhereGgmlEndsTheProcessForWantOfMemoryTheLoadIsToldSo) {
#ifdef TRANSCRIBED_SANITIZED
  GTEST_SKIP() << "a sanitizer needs more address space than any limit that would show something";
#endif
  // The vocabulary takes what was there for the weights when it was looked: 74 MB, and 64 to spare.
  WorkerProcess worker(limited(micro(), "VmSize", 135));
  worker.send(load_of(random_model("tiny", "long-tokens")));
  const auto reply = worker.next();
  ASSERT_TRUE(reply);
  const auto* failed = std::get_if<wire::JobFailed>(&*reply);
  ASSERT_NE(failed, nullptr) << wire::to_line(*reply);
  EXPECT_EQ(failed->job, "");
  EXPECT_EQ(failed->failure.kind, FailureKind::out_of_memory);
  EXPECT_THAT(failed->failure.message, HasSubstr("ggml ended the engine"));
  EXPECT_EQ(worker.next(), std::nullopt);
  EXPECT_EQ(worker.wait(), 128 + SIGABRT);
}

TEST_F(WhisperMemory, AJobWithoutRoomIsToldAsOutOfMemoryAndCostsNoOther) {
#ifdef TRANSCRIBED_SANITIZED
  GTEST_SKIP() << "a sanitizer needs more address space than any limit that would show something";
#endif
  const std::string model = random_model("tiny");
  WorkerProcess worker(limited(model, "VmPeak", 80));
  start(worker, model, 2);
  const std::string audio = say("hello world");
  core::TranscribeOptions options;
  options.language = "en";
  submit(worker, "first", audio, options);
  ASSERT_TRUE(worker.next());  // progress: it has its state
  submit(worker, "second", audio, options);
  const auto end = worker.next_end();
  ASSERT_TRUE(end);
  const auto* failed = std::get_if<wire::JobFailed>(&*end);
  ASSERT_NE(failed, nullptr) << wire::to_line(*end);
  EXPECT_EQ(failed->job, "second");
  EXPECT_EQ(failed->failure.kind, FailureKind::out_of_memory) << failed->failure.message;
  EXPECT_THAT(failed->failure.message, HasSubstr("needed"));
  worker.send(wire::Cancel{"first"});
  EXPECT_EQ(worker.next_end(), wire::FromWorker(wire::JobCancelled{"first"}));
}

TEST_F(WhisperMemory, HalfAnHourTakesNoMoreThanFiveMinutes) {
#ifdef TRANSCRIBED_SANITIZED
  GTEST_SKIP() << "a sanitizer keeps what was freed, so memory grows with time";
#endif
  const std::string minute =
      join({say("hello world good morning"), say("red green blue"), say("one two three")}, 1,
           "talk.wav");
  const std::string padded =
      folder_.ffmpeg("-i '" + minute + "' -af apad=whole_dur=60", "minute.wav");
  std::vector<long> peaks_mb;
  std::vector<std::size_t> segments;
  for (const int minutes : {5, 30}) {
    const std::string audio = folder_.ffmpeg(
        "-stream_loop " + std::to_string(minutes - 1) + " -i '" + padded + "' -c copy",
        std::to_string(minutes) + ".wav");
    WorkerProcess worker({engine()});
    start(worker, micro());
    core::TranscribeOptions options;
    options.language = "en";
    submit(worker, "job", audio, options);
    HeardJob heard;
    while (true) {
      const auto message = worker.next();
      ASSERT_TRUE(message);
      if (const auto* found = std::get_if<wire::SegmentFound>(&*message)) {
        heard.segments.push_back(found->segment);
      } else if (!std::holds_alternative<wire::Progress>(*message)) {
        heard.end = message;
        break;
      }
    }
    ASSERT_TRUE(heard.done());
    EXPECT_NEAR(std::get<wire::JobDone>(*heard.end).duration_s, minutes * 60, 1);
    peaks_mb.push_back(status_mb(worker.pid(), "VmHWM"));
    segments.push_back(heard.segments.size());
  }
  std::cout << "5 minutes: " << peaks_mb[0] << " MB, 30 minutes: " << peaks_mb[1] << " MB\n";
  EXPECT_GE(segments[0], 10u);
  EXPECT_GE(segments[1], segments[0] * 5);
  // All of its samples would be 110 MB.
  EXPECT_LE(peaks_mb[1], peaks_mb[0] + 20);
}

}  // namespace
}  // namespace transcribed::tests
