#include "pocketsphinx/recognizer.h"

#include <pocketsphinx.h>
#include <sphinxbase/cmn.h>
#include <sphinxbase/err.h>
#include <sphinxbase/fe.h>
#include <sphinxbase/feat.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <string>
#include <utility>

namespace transcribed::pocketsphinx {
namespace {

constexpr std::size_t samples_per_s = 16000;
constexpr double frames_per_s = 100;
// Someone who never pauses is cut here: the decoder's memory grows with the utterance.
constexpr std::size_t most_utterance_samples = 30 * samples_per_s;
// With less speech than this (frames) the model's own mean is the better guess.
constexpr int least_opening_frames = 50;

void log_errors(void*, err_lvl_t level, const char* format, ...) {
  if (level < ERR_ERROR) return;
  std::va_list arguments;
  va_start(arguments, format);
  std::vfprintf(stderr, format, arguments);
  va_end(arguments);
}

struct FreeDecoder {
  void operator()(ps_decoder_t* decoder) const { ps_free(decoder); }
};

// "read(2)" is a second way to say "read"; <sil>, [NOISE] and ++UH++ are no words.
std::optional<std::string> spoken(std::string word) {
  if (word.empty() || word[0] == '<' || word[0] == '[' || word[0] == '+') return std::nullopt;
  if (const std::size_t bracket = word.find('('); bracket != std::string::npos && bracket > 0) {
    word.resize(bracket);
  }
  return word;
}

}  // namespace

struct Recognizer::Library {
  std::unique_ptr<ps_decoder_t, FreeDecoder> decoder;
  // The model's own cepstral mean.
  std::vector<mfcc_t> usual_mean;
};

Recognizer::Recognizer(std::unique_ptr<Library> library) : library_(std::move(library)) {}
Recognizer::~Recognizer() = default;

std::unique_ptr<Recognizer> Recognizer::load(const ModelFolder& model) {
  err_set_callback(&log_errors, nullptr);
  // Else it prints its whole configuration.
  err_set_logfp(nullptr);
  cmd_ln_t* config = cmd_ln_init(nullptr, ps_args(), TRUE, "-hmm", model.acoustic.c_str(), "-lm",
                                 model.words.c_str(), "-dict", model.dictionary.c_str(), nullptr);
  if (config == nullptr) return nullptr;
  auto library = std::make_unique<Library>();
  // The decoder keeps a reference of its own.
  library->decoder.reset(ps_init(config));
  cmd_ln_free_r(config);
  if (library->decoder == nullptr) return nullptr;
  const feat_t* features = ps_get_feat(library->decoder.get());
  library->usual_mean.assign(features->cmn_struct->cmn_mean,
                             features->cmn_struct->cmn_mean + features->cepsize);
  return std::unique_ptr<Recognizer>(new Recognizer(std::move(library)));
}

// The decoder subtracts a running mean of the cepstrum, which stands for loudness and microphone.
// It starts from the model's own, and until it has adapted many words are wrong: on five read
// sentences 34 % with the model's mean and 28 % with the recording's, taken in advance (39 and 25
// when they are recorded softly).
void Recognizer::learn_channel(std::span<const std::int16_t> opening) {
  feat_t* features = ps_get_feat(library_->decoder.get());
  fe_t* front_end = ps_get_fe(library_->decoder.get());
  const auto size = static_cast<std::size_t>(features->cepsize);
  constexpr std::size_t rows = 64;
  std::vector<mfcc_t> frames(rows * size);
  std::array<mfcc_t*, rows> row{};
  for (std::size_t i = 0; i < rows; ++i) row[i] = frames.data() + i * size;

  std::vector<double> sum(size, 0.0);
  int count = 0;
  fe_start_stream(front_end);
  fe_start_utt(front_end);
  const int16* samples = opening.data();
  std::size_t left = opening.size();
  while (left > 0) {
    const std::size_t before = left;
    int32 got = rows - 1;
    int32 first_frame = 0;
    if (fe_process_frames(front_end, &samples, &left, row.data(), &got, &first_frame) < 0) break;
    for (int i = 0; i < got; ++i) {
      for (std::size_t d = 0; d < size; ++d)
        sum[d] += static_cast<double>(row[static_cast<std::size_t>(i)][d]);
    }
    count += got;
    if (left == before && got == 0) break;
  }
  int32 rest = 0;
  fe_end_utt(front_end, row[0], &rest);

  std::vector<mfcc_t> mean = library_->usual_mean;
  if (count >= least_opening_frames) {
    for (std::size_t d = 0; d < size; ++d) mean[d] = static_cast<mfcc_t>(sum[d] / count);
  }
  cmn_live_set(features->cmn_struct, mean.data());
}

// The decoder looks for the nearest Gaussians from those of the frame before, also across
// utterances, so scores would depend a little on the recording before. The same few frames ahead of
// each recording, under the same mean, make that the same for all.
void Recognizer::forget_last() {
  ps_decoder_t* decoder = library_->decoder.get();
  std::vector<mfcc_t> mean = library_->usual_mean;
  cmn_live_set(ps_get_feat(decoder)->cmn_struct, mean.data());
  std::array<mfcc_t*, 20> frames;
  frames.fill(mean.data());
  if (ps_start_utt(decoder) < 0) return;
  ps_process_cep(decoder, frames.data(), static_cast<int>(frames.size()), FALSE, FALSE);
  ps_end_utt(decoder);
}

bool Recognizer::begin(std::span<const std::int16_t> opening) {
  forget_last();
  learn_channel(opening);
  in_speech_ = false;
  utterance_samples_ = 0;
  // The stream's start is where the decoder counts frames from, through all its utterances.
  in_utterance_ =
      ps_start_stream(library_->decoder.get()) >= 0 && ps_start_utt(library_->decoder.get()) >= 0;
  return in_utterance_;
}

std::optional<Utterance> Recognizer::feed(std::span<const std::int16_t> samples) {
  ps_process_raw(library_->decoder.get(), samples.data(), samples.size(), FALSE, FALSE);
  const bool was_in_speech =
      std::exchange(in_speech_, ps_get_in_speech(library_->decoder.get()) != 0);
  utterance_samples_ = in_speech_ ? utterance_samples_ + samples.size() : 0;
  const bool paused = was_in_speech && !in_speech_;
  if (!paused && utterance_samples_ < most_utterance_samples) return std::nullopt;
  std::optional<Utterance> utterance = end_utterance();
  in_utterance_ = ps_start_utt(library_->decoder.get()) >= 0;
  return utterance;
}

std::optional<Utterance> Recognizer::finish() {
  return in_utterance_ ? end_utterance() : std::nullopt;
}

std::optional<Utterance> Recognizer::end_utterance() {
  ps_end_utt(library_->decoder.get());
  in_utterance_ = false;
  in_speech_ = false;
  utterance_samples_ = 0;
  return collect();
}

std::optional<Utterance> Recognizer::collect() const {
  Utterance utterance;
  ps_decoder_t* decoder = library_->decoder.get();
  double logarithms = 0;
  for (ps_seg_t* segment = ps_seg_iter(decoder); segment != nullptr;
       segment = ps_seg_next(segment)) {
    const std::optional<std::string> text = spoken(ps_seg_word(segment));
    if (!text) continue;
    int first = 0;
    int last = 0;
    ps_seg_frames(segment, &first, &last);
    const int32 posterior = ps_seg_prob(segment, nullptr, nullptr, nullptr);
    const double probability =
        std::clamp(logmath_exp(ps_get_logmath(decoder), posterior), 1e-10, 1.0);
    logarithms += std::log(probability);
    utterance.words.push_back({.start_s = first / frames_per_s,
                               .end_s = (last + 1) / frames_per_s,
                               .text = *text,
                               .probability = probability});
  }
  if (utterance.words.empty()) return std::nullopt;
  utterance.avg_logprob = logarithms / static_cast<double>(utterance.words.size());
  return utterance;
}

}  // namespace transcribed::pocketsphinx
