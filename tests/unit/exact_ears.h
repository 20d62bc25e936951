// Ears that hear exactly: a word is a stretch of sound whose height is its number. And a detector
// that takes for speech what is as loud as words are.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "whisper/speech_window.h"
#include "whisper/transcription.h"

namespace transcribed::whisper {

inline constexpr double lowest = 0.2;
inline constexpr double step = 0.0004;
inline constexpr float noise_height = 0.05F;

struct Made {
  std::vector<float> samples;
  std::vector<std::size_t> lengths;  // of the words

  void pause(double seconds) {
    samples.resize(samples.size() + static_cast<std::size_t>(seconds * samples_per_s), 0.0F);
  }
  // Loud enough to be heard, and no word.
  void noise(double seconds) {
    for (auto left = static_cast<std::size_t>(seconds * samples_per_s); left > 0; --left)
      samples.push_back(left % 2 == 0 ? noise_height : -noise_height);
  }
  void word(double seconds) {
    const auto height = static_cast<float>(lowest + step * static_cast<double>(lengths.size()));
    lengths.push_back(static_cast<std::size_t>(seconds * samples_per_s));
    for (std::size_t i = 0; i < lengths.back(); ++i)
      samples.push_back(i % 2 == 0 ? height : -height);
  }
};

class MadeSound final : public Sound {
 public:
  explicit MadeSound(std::vector<float> samples) : samples_(std::move(samples)) {}
  tl::expected<std::size_t, core::Failure> read(std::span<float> samples) override {
    if (fail_at && at_ >= *fail_at) {
      return tl::unexpected(core::Failure{core::FailureKind::internal, "the disk failed"});
    }
    const std::size_t count = std::min(samples.size(), samples_.size() - at_);
    std::copy_n(samples_.begin() + static_cast<std::ptrdiff_t>(at_), count, samples.begin());
    at_ += count;
    return count;
  }
  std::optional<double> duration_s() const override { return 7; }
  std::optional<std::size_t> fail_at;

 private:
  std::vector<float> samples_;
  std::size_t at_ = 0;
};

class Ears final : public Recognizer {
 public:
  explicit Ears(const std::vector<std::size_t>& lengths) : lengths_(lengths) {}

  tl::expected<HeardWindow, core::Failure> hear(const Window& window) override {
    samples_heard += std::min(window.samples.size(), window_samples);
    longest = std::max(longest, window.samples.size());
    languages.push_back(window.language);
    if (!window.keep_on()) return tl::unexpected(core::Failure{});
    HeardWindow heard;
    heard.language = "eo";
    const std::size_t end = std::min(window.samples.size(), window_samples);
    std::size_t told = 0;
    for (std::size_t i = 0; i < end;) {
      if (std::abs(window.samples[i]) <= noise_height) {
        ++i;
        continue;
      }
      const std::size_t begin = i;
      const double height = std::abs(static_cast<double>(window.samples[i]));
      while (i < end &&
             std::abs(std::abs(static_cast<double>(window.samples[i])) - height) < step / 4)
        ++i;
      const auto number = static_cast<std::size_t>(std::lround((height - lowest) / step));
      // A model hears half a word as another one; and of a word at the edge it knows that it goes
      // on.
      const bool whole = i - begin == lengths_.at(number);
      if (!whole && window.goes_on && i == end) break;
      heard.segments.push_back({.start_s = seconds(begin),
                                .end_s = seconds(i),
                                .text = (whole ? " " : " cut") + std::to_string(number),
                                .tokens = {}});
      told = i;
    }
    // Whisper's rule: on from the last end, or from the window's end.
    heard.heard_s = window.goes_on && told > 0 ? seconds(told) : seconds(end);
    if (mangle) mangle(heard);
    return heard;
  }

  static double seconds(std::size_t samples) {
    return static_cast<double>(samples) / samples_per_s;
  }

  std::size_t samples_heard = 0;
  std::size_t longest = 0;
  std::vector<std::string> languages;
  std::function<void(HeardWindow&)> mangle;

 private:
  const std::vector<std::size_t>& lengths_;
};

class Report final : public worker::JobReport {
 public:
  void progress(double done_s, double total_s) override {
    progress_told.emplace_back(done_s, total_s);
    if (cancel_at_progress && progress_told.size() >= *cancel_at_progress) stop = true;
  }
  void segment(const core::Segment& segment) override { segments.push_back(segment); }
  bool cancelled() const override { return stop; }

  std::vector<std::pair<double, double>> progress_told;
  std::vector<core::Segment> segments;
  std::optional<std::size_t> cancel_at_progress;
  bool stop = false;
};

// Takes for speech what is as loud as words are.
class Detector final : public SpeechDetector {
 public:
  tl::expected<std::vector<bool>, core::Failure> speech_in(
      std::span<const float> samples) override {
    EXPECT_FALSE(ended_) << "only the last frame may be shorter";
    if (fail) return tl::unexpected(core::Failure{core::FailureKind::internal, "no ears"});
    heard += samples.size();
    std::vector<bool> frames;
    for (; !samples.empty(); samples = samples.subspan(std::min(frame, samples.size()))) {
      const auto one = samples.first(std::min(frame, samples.size()));
      ended_ = one.size() < frame;
      frames.push_back(std::any_of(one.begin(), one.end(),
                                   [](float sample) { return std::abs(sample) >= lowest / 2; }));
    }
    return frames;
  }

  bool fail = false;
  std::size_t heard = 0;

 private:
  static constexpr std::size_t frame = detector_frame_samples;
  bool ended_ = false;
};

struct Outcome {
  tl::expected<worker::Heard, core::Failure> heard;
  std::vector<std::string> texts;
  Report report;
  std::vector<std::string> languages;
  std::size_t longest = 0;
  std::size_t samples_heard = 0;
};

inline Outcome transcribe(const Made& made, const std::function<void(HeardWindow&)>& mangle = {},
                          std::string language = "", SpeechDetector* detector = nullptr) {
  MadeSound sound(made.samples);
  Ears ears(made.lengths);
  ears.mangle = mangle;
  Report report;
  auto heard = Transcription(sound, ears, std::move(language), true, report, detector).run();
  Outcome outcome{std::move(heard), {}, report, ears.languages, ears.longest, ears.samples_heard};
  for (const core::Segment& segment : report.segments) outcome.texts.push_back(segment.text);
  return outcome;
}

inline std::vector<std::string> numbers_to(std::size_t end) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < end; ++i) all.push_back(std::to_string(i));
  return all;
}

inline Outcome transcribe_speech(const Made& made) {
  Detector detector;
  Outcome outcome = transcribe(made, {}, "", &detector);
  EXPECT_EQ(detector.heard, made.samples.size()) << "all of it, and once";
  return outcome;
}

inline double total_s(const Made& made) {
  return static_cast<double>(made.samples.size()) / samples_per_s;
}

}  // namespace transcribed::whisper
