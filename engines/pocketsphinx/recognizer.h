// One PocketSphinx decoder: sound in, utterances out.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/transcript.h"
#include "pocketsphinx/model_folder.h"

namespace transcribed::pocketsphinx {

// What was said between two pauses.
struct Utterance {
  std::vector<core::Word> words;  // never empty; times from the recording's start
  double avg_logprob = 0;         // mean natural logarithm of the words' posteriors
};

// One thread at a time. Holds about 100 MB.
class Recognizer {
 public:
  // Nothing when the model cannot be loaded; the library's reasons are on standard error.
  static std::unique_ptr<Recognizer> load(const ModelFolder& model);
  ~Recognizer();
  Recognizer(const Recognizer&) = delete;
  Recognizer& operator=(const Recognizer&) = delete;

  // Begins a recording. Nothing of the ones before is left: the same sound gives the same words.
  // `opening` is its first seconds (up to a minute), to learn how loud and through what channel it
  // is; feed() them again. False when the library refuses, which leaves the decoder useless.
  bool begin(std::span<const std::int16_t> opening);
  // 16 kHz mono. An utterance when one has just ended. Give at most a tenth of a second at a time:
  // pauses are looked for after each call.
  std::optional<Utterance> feed(std::span<const std::int16_t> samples);
  // The rest, at the recording's end or when it is given up. Before the next begin(), always.
  std::optional<Utterance> finish();

 private:
  struct Library;
  explicit Recognizer(std::unique_ptr<Library> library);

  void forget_last();
  void learn_channel(std::span<const std::int16_t> opening);
  std::optional<Utterance> end_utterance();
  std::optional<Utterance> collect() const;

  std::unique_ptr<Library> library_;
  bool in_speech_ = false;
  bool in_utterance_ = false;
  std::size_t utterance_samples_ = 0;
};

}  // namespace transcribed::pocketsphinx
