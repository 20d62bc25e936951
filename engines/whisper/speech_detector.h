// What a transcription needs of voice activity detection: where somebody speaks. The tests have
// their own.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <tl/expected.hpp>

#include "core/failure.h"

namespace transcribed::whisper {

// 32 ms at 16 kHz: what is judged at once.
inline constexpr std::size_t detector_frame_samples = 512;

// One job's. One thread. It hears a recording once, from its beginning, piece by piece.
class SpeechDetector {
 public:
  virtual ~SpeechDetector() = default;
  // For each frame of `samples` (16 kHz mono), which follow those of the call before, whether
  // somebody speaks in it. The last frame of the recording may be shorter; no other is.
  virtual tl::expected<std::vector<bool>, core::Failure> speech_in(
      std::span<const float> samples) = 0;
};

}  // namespace transcribed::whisper
