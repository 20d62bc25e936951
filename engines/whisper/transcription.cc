#include "whisper/transcription.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "whisper/speech_window.h"
#include "whisper/word_groups.h"

namespace transcribed::whisper {
namespace {

// A window that does not end in a pause is shown this much more, so that the recognizer does not
// take its end for the recording's.
constexpr std::size_t buffer_samples = window_samples + samples_per_s;
constexpr std::size_t earliest_cut = 20 * samples_per_s;
// So short and so quiet a rest (26 dB below speech) is no word, but may be made into one.
constexpr std::size_t short_rest = samples_per_s;
constexpr double quiet_rest_ratio = 0.05;
// The next window begins at least this much later, whatever the model's times say.
constexpr std::size_t least_step = samples_per_s / 5;

// Beside speech, what a detector takes for none may still be the breath of a word.
constexpr std::size_t speech_margin = samples_per_s * 2 / 5;
// So long without speech is not heard.
constexpr std::size_t long_gap = 5 * samples_per_s;
// So long without speech is a place for a window's end.
constexpr std::size_t short_gap = samples_per_s * 3 / 10;
// When the model says that its last word ended so much before the detector does, that was all.
constexpr std::size_t least_speech = samples_per_s / 4;

double seconds(std::size_t samples) { return static_cast<double>(samples) / samples_per_s; }

std::optional<double> mean_logprob(const HeardSegment& segment) {
  double sum = 0;
  int count = 0;
  for (const HeardToken& token : segment.tokens) {
    if (!token.is_text) continue;
    sum += token.log_probability;
    ++count;
  }
  if (count == 0 || !std::isfinite(sum)) return std::nullopt;
  return sum / count;
}

// In hundredths of a second.
int seek_at(double position_s) {
  return static_cast<int>(
      std::min<double>(std::round(position_s * 100), std::numeric_limits<int>::max()));
}

// Models say times that are no numbers, run backwards or lie outside; what leaves here does not.
double between(double low, double value, double high) {
  return std::isfinite(value) ? std::clamp(value, low, std::max(low, high)) : low;
}

}  // namespace

Transcription::Transcription(Sound& sound, Recognizer& recognizer, std::string language,
                             bool word_timestamps, worker::JobReport& report,
                             SpeechDetector* detector)
    : sound_(sound),
      recognizer_(recognizer),
      language_(std::move(language)),
      word_timestamps_(word_timestamps),
      report_(report),
      detector_(detector) {}

double Transcription::position_s() const { return seconds(samples_before_); }

tl::expected<worker::Heard, core::Failure> Transcription::run() {
  while (!report_.cancelled()) {
    if (auto filled = fill(); !filled) return tl::unexpected(std::move(filled.error()));
    if (buffer_.empty()) return worker::Heard{language_, position_s(), language_probability_};
    tell_progress();
    if (skip_to_speech()) continue;
    const Window window = next_window();
    ended_in_pause_ = !window.goes_on;
    if (!is_worth_hearing(window)) {
      drop(std::min(window.samples.size(), window_samples));
      continue;
    }
    const tl::expected<double, core::Failure> heard_s = hear(window);
    if (!heard_s) return tl::unexpected(heard_s.error());
    drop(
        std::max<std::size_t>(1, static_cast<std::size_t>(std::llround(*heard_s * samples_per_s))));
  }
  return tl::unexpected(core::Failure{});
}

void Transcription::tell_progress() {
  const double known_s = position_s() + seconds(buffer_.size());
  report_.progress(position_s(), std::max(known_s, sound_.duration_s().value_or(0)));
}

tl::expected<void, core::Failure> Transcription::fill() {
  while (!sound_ended_ && buffer_.size() < buffer_samples) {
    const std::size_t had = buffer_.size();
    // A second at a time, so that a cancel is noticed on a slow disk.
    const std::size_t wanted = std::min(samples_per_s, buffer_samples - had);
    buffer_.resize(had + wanted);
    const auto got = sound_.read(std::span(buffer_).subspan(had));
    buffer_.resize(had + (got ? *got : 0));
    if (!got) return tl::unexpected(got.error());
    sound_ended_ = *got < wanted;
    if (auto detected = detect_speech(); !detected) return detected;
    if (report_.cancelled()) break;
  }
  return {};
}

// Of what was read, the frames that are whole.
tl::expected<void, core::Failure> Transcription::detect_speech() {
  if (detector_ == nullptr) return {};
  const std::size_t known = speech_.known_to() - samples_before_;
  std::span<const float> samples = std::span<const float>(buffer_).subspan(known);
  if (!sound_ended_)
    samples = samples.first(samples.size() - samples.size() % detector_frame_samples);
  if (samples.empty()) return {};
  const auto frames = detector_->speech_in(samples);
  if (!frames) return tl::unexpected(frames.error());
  speech_.add(*frames);
  return {};
}

bool Transcription::skip_to_speech() {
  if (detector_ == nullptr) return false;
  const std::size_t begin = samples_before_;
  const std::size_t end = begin + buffer_.size();
  std::size_t speech = speech_.speech_from(begin);
  if (speech == begin && ended_in_pause_) {
    const std::size_t quiet = speech_.quiet_from(begin);
    const std::size_t next = speech_.speech_from(quiet);
    if (quiet - begin < least_speech && next - quiet >= short_gap) speech = next;
  }
  const bool is_all = sound_ended_ && speech >= end;
  const std::size_t from = is_all ? end : speech - std::min(speech, speech_margin);
  if (from <= begin) return false;
  drop(from - begin);
  ended_in_pause_ = false;
  return true;
}

std::optional<std::size_t> Transcription::end_by_speech() const {
  if (detector_ == nullptr) return std::nullopt;
  const std::size_t begin = samples_before_;
  const std::size_t end = begin + buffer_.size();
  const std::size_t limit = begin + std::min(buffer_.size(), window_samples);
  std::optional<std::size_t> latest;
  for (std::size_t at = speech_.speech_from(begin); at < limit;) {
    const std::size_t quiet = speech_.quiet_from(at);
    if (quiet >= limit) break;
    at = speech_.speech_from(quiet);
    const std::size_t length = at - quiet;
    if (length >= long_gap || (sound_ended_ && at >= end)) {
      return std::min(quiet + speech_margin, limit) - begin;
    }
    if (end > limit && length >= short_gap && at >= begin + earliest_cut) {
      latest = std::min(quiet + std::min(speech_margin, length / 2), limit) - begin;
    }
  }
  return latest;
}

Window Transcription::next_window() {
  const std::span<const float> all(buffer_);
  Window window;
  window.samples = all;
  window.language = language_;
  // A large model on a slow CPU takes minutes for a window; the daemon wants to hear that it lives.
  window.keep_on = [this] {
    tell_progress();
    return !report_.cancelled();
  };
  if (const auto end = end_by_speech()) {
    window.samples = all.first(*end);
  } else if (all.size() > window_samples) {
    if (const auto pause = pause_between(all, earliest_cut, window_samples)) {
      window.samples = all.first(*pause);
    } else {
      window.goes_on = true;
    }
  }
  return window;
}

bool Transcription::is_worth_hearing(const Window& window) {
  if (is_silence(window.samples)) return false;
  const double loud = loudness(window.samples);
  if (window.samples.size() < short_rest && loud < loudest_ * quiet_rest_ratio) return false;
  loudest_ = std::max(loudest_, loud);
  return true;
}

tl::expected<double, core::Failure> Transcription::hear(const Window& window) {
  tl::expected<HeardWindow, core::Failure> heard = recognizer_.hear(window);
  if (!heard) return tl::unexpected(std::move(heard.error()));
  if (language_.empty()) {
    language_ = heard->language;
    language_probability_ = heard->language_probability;
  }
  const double length_s = seconds(std::min(window.samples.size(), window_samples));
  for (const HeardSegment& segment : heard->segments) {
    tell(segment, *heard, position_s() + length_s);
  }
  return between(std::min(seconds(least_step), length_s), heard->heard_s, length_s);
}

void Transcription::tell(const HeardSegment& heard, const HeardWindow& window,
                         double window_end_s) {
  core::Segment segment;
  segment.text = trimmed(heard.text);
  if (segment.text.empty()) return;
  segment.id = segments_++;
  segment.start_s = between(last_end_s_, position_s() + heard.start_s, window_end_s);
  segment.end_s = between(segment.start_s, position_s() + heard.end_s, window_end_s);
  last_end_s_ = segment.end_s;
  std::vector<TimedToken> parts;
  for (const HeardToken& token : heard.tokens) {
    segment.tokens.push_back(token.id);
    if (token.is_text) parts.push_back({token.text, token.start_s, token.end_s, token.probability});
  }
  segment.avg_logprob = mean_logprob(heard);
  segment.seek = seek_at(position_s());
  segment.temperature = window.temperature;
  if (window.no_speech_prob && std::isfinite(*window.no_speech_prob)) {
    segment.no_speech_prob = window.no_speech_prob;
  }
  if (word_timestamps_) {
    segment.words = words_of(parts, language_);
    double last_s = segment.start_s;
    for (core::Word& word : segment.words) {
      word.start_s = between(last_s, position_s() + word.start_s, segment.end_s);
      word.end_s = between(word.start_s, position_s() + word.end_s, segment.end_s);
      last_s = word.end_s;
    }
  }
  report_.segment(segment);
}

void Transcription::drop(std::size_t samples) {
  samples = std::min(samples, buffer_.size());
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(samples));
  samples_before_ += samples;
}

}  // namespace transcribed::whisper
