// The sound of any recording as 16 kHz mono, pulled block by block. What is held in memory does not
// grow with the recording's length.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include <tl/expected.hpp>

#include "core/failure.h"

namespace transcribed::media {

// Samples a second of everything that is read.
inline constexpr int sample_rate = 16000;

// One thread at a time. Owns the open file. A recording is not trusted: nothing but this one file
// is read, whatever it refers to, and no network is touched.
class AudioReader {
 public:
  // `path` must be a regular file. Takes the best audio stream, of a video too; `at_most_s`: no
  // more than so many seconds of its beginning. Errors: bad_media with a sentence for people (no
  // such file, not a recording, no audio); internal when the system would not read.
  static tl::expected<AudioReader, core::Failure> open(const std::string& path,
                                                       std::optional<double> at_most_s = {});

  AudioReader(AudioReader&&) noexcept;
  AudioReader& operator=(AudioReader&&) noexcept;
  ~AudioReader();

  // What the file itself says, which can be wrong; nothing when it does not say.
  std::optional<double> duration_s() const;

  // Fills `samples` (-1 to 1) from the front and returns how many; fewer than asked for, or 0, at
  // the end of the recording only. The first sample is the recording's time 0: where its clock
  // jumps ahead, silence stands for the gap. A damaged stretch is skipped with a warning on
  // standard error. Errors: bad_media when the recording ends without a single sample; internal
  // when the disk fails.
  tl::expected<std::size_t, core::Failure> read(std::span<float> samples);

  // Seconds handed out so far.
  double position_s() const;

 private:
  class Decoding;
  AudioReader(std::unique_ptr<Decoding> decoding, std::optional<double> at_most_s);
  std::unique_ptr<Decoding> decoding_;
  std::optional<double> at_most_s_;
};

}  // namespace transcribed::media
