#include "whisper/speech_window.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace transcribed::whisper {
namespace {

constexpr std::size_t stretch_samples = samples_per_s / 50;
// Shorter quiet is a part of a word ("t", "k"); of a longer one no more is gained.
constexpr std::size_t least_pause = 8;
constexpr std::size_t good_pause = 15;
constexpr double pause_ratio = 0.05;
constexpr float silence_peak = 4.0F / 32768;

std::vector<double> volumes(std::span<const float> samples) {
  std::vector<double> all;
  all.reserve(samples.size() / stretch_samples);
  for (; samples.size() >= stretch_samples; samples = samples.subspan(stretch_samples)) {
    double sum = 0;
    for (const float sample : samples.first(stretch_samples)) {
      sum += static_cast<double>(sample) * static_cast<double>(sample);
    }
    all.push_back(std::sqrt(sum / stretch_samples));
  }
  return all;
}

double ninth_decile(std::vector<double> all) {
  if (all.empty()) return 0;
  const auto at = all.begin() + static_cast<std::ptrdiff_t>(all.size() * 9 / 10);
  std::nth_element(all.begin(), at, all.end());
  return *at;
}

}  // namespace

double loudness(std::span<const float> samples) { return ninth_decile(volumes(samples)); }

bool is_silence(std::span<const float> samples) {
  return std::all_of(samples.begin(), samples.end(),
                     [](float sample) { return std::abs(sample) <= silence_peak; });
}

std::optional<std::size_t> pause_between(std::span<const float> samples, std::size_t earliest,
                                         std::size_t latest) {
  const std::vector<double> all = volumes(samples);
  const double quiet = ninth_decile(all) * pause_ratio;
  const std::size_t last = std::min(latest / stretch_samples, all.size());
  std::size_t best = 0;
  std::size_t middle = 0;
  std::size_t run = 0;
  for (std::size_t i = earliest / stretch_samples; i < last; ++i) {
    run = all[i] <= quiet ? run + 1 : 0;
    const std::size_t worth = std::min(run, good_pause);
    if (run >= least_pause && worth >= best) {
      best = worth;
      middle = (i + 1) * stretch_samples - run * stretch_samples / 2;
    }
  }
  if (best == 0) return std::nullopt;
  return middle;
}

}  // namespace transcribed::whisper
