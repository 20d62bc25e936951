// Where sound may be cut. All lengths in samples at 16 kHz.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace transcribed::whisper {

inline constexpr std::size_t samples_per_s = 16000;
// What Whisper hears at once.
inline constexpr std::size_t window_samples = 30 * samples_per_s;

// How loud the loud parts are: of all stretches of 20 ms, the volume (root mean square, 1 is full
// scale) that one in ten exceeds. 0 for less than one stretch.
double loudness(std::span<const float> samples);

// Nothing but the smallest steps of 16-bit sound: no speech can be in it.
bool is_silence(std::span<const float> samples);

// The middle of the latest pause of 0.3 s or more between `earliest` and `latest`, or else of the
// longest that has at least 0.16 s. A pause is 26 dB below the loud parts. Nothing when somebody
// talks, or something sounds, all the time.
std::optional<std::size_t> pause_between(std::span<const float> samples, std::size_t earliest,
                                         std::size_t latest);

}  // namespace transcribed::whisper
