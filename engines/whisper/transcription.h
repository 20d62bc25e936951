// One recording, from sound to segments, in memory that does not grow with its length.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "core/failure.h"
#include "core/job.h"
#include "whisper/recognizer.h"
#include "whisper/speech_detector.h"
#include "whisper/speech_map.h"
#include "worker/engine.h"

namespace transcribed::whisper {

// Where the samples come from; see media::AudioReader.
class Sound {
 public:
  virtual ~Sound() = default;
  virtual tl::expected<std::size_t, core::Failure> read(std::span<float> samples) = 0;
  virtual std::optional<double> duration_s() const = 0;
};

// Hears at most 30 s at a time. A window ends in a pause where there is one in its last 10 s, so
// that no word is cut; else it ends where the model's own times say that its last whole sentence
// does, as in OpenAI's program. What was not dealt with is heard again in the next window.
//
// Each window is heard for itself. OpenAI's program shows the model the text before; then one
// window in which the model repeats itself or makes something up spoils those after it, which is
// what long recordings are known to suffer from. Where windows end in pauses there is less to gain.
//
// With a detector, what holds no speech is not heard: a window begins a little before somebody
// speaks and ends a little after, where nobody does for 5 s. Shorter pauses stay in, because each
// window costs as much as one of 30 s. Times are the recording's either way.
//
// One thread. Borrows all it is given.
class Transcription {
 public:
  // `language`: empty: found out in the first window that has sound.
  Transcription(Sound& sound, Recognizer& recognizer, std::string language, bool word_timestamps,
                worker::JobReport& report, SpeechDetector* detector = nullptr);
  // Segments and progress go to the report. An empty failure message when it was cancelled.
  tl::expected<worker::Heard, core::Failure> run();

 private:
  // Reads on until the buffer is full or the recording ends.
  tl::expected<void, core::Failure> fill();
  tl::expected<void, core::Failure> detect_speech();
  void tell_progress();
  // Drops what comes before the next speech; false: there is nothing to drop.
  bool skip_to_speech();
  // The window's samples, where the detector knows of a place for its end.
  std::optional<std::size_t> end_by_speech() const;
  Window next_window();
  bool is_worth_hearing(const Window& window);
  tl::expected<double, core::Failure> hear(const Window& window);
  void tell(const HeardSegment& heard, const HeardWindow& window, double window_end_s);
  void drop(std::size_t samples);
  double position_s() const;

  Sound& sound_;
  Recognizer& recognizer_;
  std::string language_;
  bool word_timestamps_;
  worker::JobReport& report_;
  SpeechDetector* detector_;

  std::vector<float> buffer_;
  bool sound_ended_ = false;
  std::size_t samples_before_ = 0;  // of the recording, before the buffer
  double loudest_ = 0;
  int segments_ = 0;
  double last_end_s_ = 0;
  std::optional<double> language_probability_;
  SpeechMap speech_;
  // The last window ended where nobody spoke.
  bool ended_in_pause_ = false;
};

}  // namespace transcribed::whisper
