#include "whisper/speech_map.h"

#include <algorithm>

#include "whisper/speech_detector.h"

namespace transcribed::whisper {

void SpeechMap::add(const std::vector<bool>& frames) {
  frames_.insert(frames_.end(), frames.begin(), frames.end());
}

std::size_t SpeechMap::known_to() const { return frames_.size() * detector_frame_samples; }

std::size_t SpeechMap::next(std::size_t from, bool speech) const {
  const std::size_t first = std::min(from / detector_frame_samples, frames_.size());
  const auto found =
      std::find(frames_.begin() + static_cast<std::ptrdiff_t>(first), frames_.end(), speech);
  const auto frame = static_cast<std::size_t>(found - frames_.begin());
  if (frame == frames_.size()) return known_to();
  return std::max(from, frame * detector_frame_samples);
}

}  // namespace transcribed::whisper
