#include "tests/integration/spoken_words.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <numeric>
#include <random>
#include <sstream>
#include <utility>

#include <gmock/gmock.h>

namespace transcribed::tests {

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

std::size_t word_distance(const std::vector<std::string>& from,
                          const std::vector<std::string>& to) {
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

std::vector<std::string> random_sentences(int count, int least, int most, unsigned seed) {
  const std::vector<std::string> words = words_of(
      "zero one two three four five six seven eight nine ten eleven twelve twenty thirty hundred "
      "yes no "
      "stop start pause play open close left right up down hello world good morning night please "
      "thank "
      "you the quick brown fox jumps over lazy dog red green blue yellow white black file meeting "
      "record "
      "speech audio time day and is where when daemon computer window");
  std::mt19937 random(seed);
  std::vector<std::string> sentences;
  for (int i = 0; i < count; ++i) {
    std::string sentence;
    const int length = least + static_cast<int>(random() % static_cast<unsigned>(most - least + 1));
    for (int j = 0; j < length; ++j) {
      sentence += (sentence.empty() ? "" : " ") + words[random() % words.size()];
    }
    sentences.push_back(sentence);
  }
  return sentences;
}

std::string HeardJob::text() const {
  std::string text;
  for (const core::Segment& segment : segments) text += (text.empty() ? "" : " ") + segment.text;
  return text;
}

#ifdef TRANSCRIBED_WHISPER_ENGINE
void WhisperTest::SetUp() {}
std::string WhisperTest::micro() { return TRANSCRIBED_MICRO_WHISPER; }
std::string WhisperTest::engine() { return TRANSCRIBED_WHISPER_ENGINE; }
#else
void WhisperTest::SetUp() {
  GTEST_SKIP()
      << "the engine whisper was not built: libwhisper (or xz) was not found when this was "
         "configured; run scripts/whisper-prefix and build again";
}
std::string WhisperTest::micro() { return {}; }
std::string WhisperTest::engine() { return {}; }
#endif

namespace {
void run(const std::string& command) { EXPECT_EQ(std::system(command.c_str()), 0) << command; }
}  // namespace

std::string WhisperTest::say(const std::string& text, const std::string& voice) const {
  const std::string path = folder_.path("said" + std::to_string(++recordings_) + ".wav");
  run("flite -voice " + voice + " -t '" + text + "' -o '" + path + "'");
  return path;
}

std::string WhisperTest::say_german(const std::string& text) const {
  const std::string path = folder_.path("said" + std::to_string(++recordings_) + ".wav");
  run("espeak-ng -v de -w '" + path + "' '" + text + "'");
  return path;
}

std::string WhisperTest::join(const std::vector<std::string>& recordings, double pause_s,
                              const std::string& name) const {
  std::string inputs;
  std::string filter;
  std::string padded;
  for (std::size_t i = 0; i < recordings.size(); ++i) {
    const std::string number = std::to_string(i);
    inputs += "-i '" + recordings[i] + "' ";
    filter += "[" + number + "]apad=pad_dur=" + std::to_string(pause_s) + "[p" + number + "];";
    padded += "[p" + number + "]";
  }
  return folder_.ffmpeg(inputs + "-filter_complex '" + filter + padded +
                            "concat=v=0:a=1:n=" + std::to_string(recordings.size()) + "'",
                        name);
}

std::string WhisperTest::random_model(const std::string& size, const std::string& broken) const {
  const std::string path = folder_.path(size + broken + ".bin");
  run(std::string(TRANSCRIBED_PYTHON) + " " + TRANSCRIBED_WRITE_MODEL + " " + size + " '" + path +
      "'" + (broken.empty() ? "" : " --broken " + broken));
  return path;
}

std::string WhisperTest::vad_model(const std::string& kind) const {
  const std::string path = folder_.path("vad-" + kind + ".bin");
  run(std::string(TRANSCRIBED_PYTHON) + " " + TRANSCRIBED_WRITE_VAD_MODEL + " " + kind + " '" +
      path + "'");
  return path;
}

std::string WhisperTest::noise(double seconds) const {
  return folder_.ffmpeg("-f lavfi -i anoisesrc=a=0.003:seed=1:r=16000:d=" + std::to_string(seconds),
                        "noise" + std::to_string(++recordings_) + ".wav");
}

wire::Load WhisperTest::load_of(const std::string& file, int slots) {
  return {.model = "mine", .file = file, .device = "cpu", .slots = slots, .threads = 1};
}

wire::Ready WhisperTest::start(WorkerProcess& worker, const std::string& file, int slots) const {
  worker.send(load_of(file, slots));
  const auto reply = worker.next();
  if (!reply || !std::holds_alternative<wire::Ready>(*reply)) {
    ADD_FAILURE() << (reply ? wire::to_line(*reply) : "no answer");
    return {};
  }
  return std::get<wire::Ready>(*reply);
}

void WhisperTest::submit(WorkerProcess& worker, const std::string& job, const std::string& audio,
                         core::TranscribeOptions options) {
  worker.send(
      wire::Transcribe{.job = job, .attempt = 1, .audio = audio, .options = std::move(options)});
}

HeardJob WhisperTest::finish(WorkerProcess& worker) {
  HeardJob job;
  job.end = worker.next_end(&job.segments);
  return job;
}

HeardJob WhisperTest::transcribe(WorkerProcess& worker, const std::string& audio,
                                 core::TranscribeOptions options) {
  submit(worker, "job", audio, std::move(options));
  HeardJob job = finish(worker);
  EXPECT_TRUE(job.end) << "no answer";
  return job;
}

std::map<std::string, std::vector<core::Segment>> WhisperTest::side_by_side(
    WorkerProcess& worker, const std::vector<std::string>& recordings, std::size_t at_once) {
  std::map<std::string, std::vector<core::Segment>> heard;
  std::size_t begun = 0;
  std::size_t ended = 0;
  while (ended < recordings.size()) {
    while (begun < recordings.size() && begun - ended < at_once) {
      submit(worker, std::to_string(begun), recordings[begun]);
      ++begun;
    }
    const auto message = worker.next();
    if (!message) {
      ADD_FAILURE() << "the engine says nothing, or has ended";
      return heard;
    }
    if (const auto* found = std::get_if<wire::SegmentFound>(&*message)) {
      heard[found->job].push_back(found->segment);
    } else if (!std::holds_alternative<wire::Progress>(*message)) {
      if (!std::holds_alternative<wire::JobDone>(*message)) {
        ADD_FAILURE() << wire::to_line(*message);
        return heard;
      }
      ++ended;
    }
  }
  return heard;
}

void WhisperTest::expect_failure(const HeardJob& job, core::FailureKind kind,
                                 const std::string& why) {
  ASSERT_TRUE(job.end);
  const auto* failed = std::get_if<wire::JobFailed>(&*job.end);
  ASSERT_NE(failed, nullptr) << wire::to_line(*job.end);
  EXPECT_EQ(failed->failure.kind, kind);
  EXPECT_THAT(failed->failure.message, ::testing::HasSubstr(why));
}

long status_mb(pid_t pid, const std::string& name) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name + ":")) return std::atol(line.c_str() + name.size() + 1) / 1024;
  }
  return 0;
}

}  // namespace transcribed::tests
