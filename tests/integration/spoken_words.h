// Speech made of the words that the model of our own knows, and the engine whisper to hear it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/integration/made_recordings.h"
#include "tests/integration/worker_process.h"

namespace transcribed::tests {

std::vector<std::string> words_of(const std::string& text);
// Words to insert, delete or replace to turn one into the other.
std::size_t word_distance(const std::vector<std::string>& from, const std::vector<std::string>& to);
// Sentences of `least` to `most` English words of its list, the same for the same seed.
std::vector<std::string> random_sentences(int count, int least, int most, unsigned seed);

struct HeardJob {
  std::vector<core::Segment> segments;
  std::optional<wire::FromWorker> end;

  std::string text() const;
  bool done() const { return end && std::holds_alternative<wire::JobDone>(*end); }
  std::string language() const { return std::get<wire::JobDone>(*end).language; }
};

class WhisperTest : public ::testing::Test {
 protected:
  // Skips the test where there is no engine.
  void SetUp() override;

  // Paths of recordings; flite's voices are "slt" and "awb".
  std::string say(const std::string& text, const std::string& voice = "slt") const;
  std::string say_german(const std::string& text) const;
  // One after another with pauses of `pause_s` between.
  std::string join(const std::vector<std::string>& recordings, double pause_s,
                   const std::string& name) const;
  // `broken`: one of the kinds that tests/models/write_model.py knows.
  std::string random_model(const std::string& size, const std::string& broken = "") const;
  // For voice activity detection: "random", or "loud", which takes for speech what is loud.
  std::string vad_model(const std::string& kind) const;
  // Too quiet for that model, too loud to be silence.
  std::string noise(double seconds) const;
  static std::string micro();
  static std::string engine();

  static wire::Load load_of(const std::string& file, int slots = 1);
  // Starts the engine with the model and returns what it says; fails the test where it is not
  // ready.
  wire::Ready start(WorkerProcess& worker, const std::string& file, int slots = 1) const;
  static void submit(WorkerProcess& worker, const std::string& job, const std::string& audio,
                     core::TranscribeOptions options = {});
  // Of the only job that runs.
  static HeardJob finish(WorkerProcess& worker);
  static HeardJob transcribe(WorkerProcess& worker, const std::string& audio,
                             core::TranscribeOptions options = {});
  // What is heard in each, by its index, `at_once` at a time, each begun as soon as another has
  // ended. Fails the test where one does not end well.
  static std::map<std::string, std::vector<core::Segment>> side_by_side(
      WorkerProcess& worker, const std::vector<std::string>& recordings, std::size_t at_once);
  static void expect_failure(const HeardJob& job, core::FailureKind kind, const std::string& why);

  RecordingFolder folder_;

 private:
  mutable int recordings_ = 0;
};

// A line of /proc/PID/status in MB ("VmHWM").
long status_mb(pid_t pid, const std::string& name);

}  // namespace transcribed::tests
