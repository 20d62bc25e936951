#include "whisper/whisper_engine.h"

#include <whisper.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "media/audio_reader.h"
#include "whisper/pulse.h"
#include "whisper/transcription.h"

namespace transcribed::whisper {
namespace {

using core::Failure;
using core::FailureKind;

class Recording final : public Sound {
 public:
  explicit Recording(media::AudioReader reader) : reader_(std::move(reader)) {}
  tl::expected<std::size_t, Failure> read(std::span<float> samples) override {
    return reader_.read(samples);
  }
  std::optional<double> duration_s() const override { return reader_.duration_s(); }

 private:
  media::AudioReader reader_;
};

std::optional<Failure> refusal(const core::TranscribeOptions& options, const WhisperModel& model) {
  const auto unsupported = [](std::string why) {
    return Failure{FailureKind::unsupported, std::move(why)};
  };
  if (!options.language.empty() && !model.language(options.language)) {
    if (!model.file().multilingual()) {
      return unsupported(fmt::format(
          "This Whisper model understands English only; \"{}\" needs a multilingual one.",
          options.language));
    }
    return unsupported(
        fmt::format("This Whisper model does not know the language \"{}\"; give a code such as "
                    "\"en\", or none, "
                    "and it is found out.",
                    options.language));
  }
  if (options.task == "translate" && !model.file().multilingual()) {
    return unsupported("This Whisper model understands English only, so it cannot translate.");
  }
  if (options.beam_size.value_or(1) > most_beams) {
    return unsupported(fmt::format("Whisper searches with at most {} beams here.", most_beams));
  }
  if (const double temperature = options.temperature.value_or(0);
      !(temperature >= 0 && temperature <= 1)) {
    return unsupported("Whisper's temperature goes from 0 to 1.");
  }
  return std::nullopt;
}

}  // namespace

tl::expected<wire::Ready, Failure> WhisperEngine::load(const wire::Load& load) {
  auto model = WhisperModel::load(load.file, load.device);
  if (!model) return tl::unexpected(std::move(model.error()));
  std::optional<VadModel> vad;
  if (!load.vad_file.empty()) {
    auto loaded = VadModel::load(load.vad_file);
    if (!loaded) return tl::unexpected(std::move(loaded.error()));
    vad = std::move(*loaded);
  }
  model_ = std::move(*model);
  vad_ = std::move(vad);
  threads_ = load.threads;
  const Cost& cost = model_->cost();
  return wire::Ready{.engine = "whisper",
                     .version = whisper_version(),
                     .vram_mb = cost.weights_vram_mb,
                     .ram_mb = cost.weights_ram_mb,
                     .vram_per_job_mb = cost.job_vram_mb,
                     .ram_per_job_mb = cost.job_ram_mb + (vad_ ? detector_mb : 0),
                     .device = model_->device()};
}

tl::expected<worker::Heard, Failure> WhisperEngine::transcribe(const wire::Transcribe& request,
                                                               worker::JobReport& report) {
  const core::TranscribeOptions& options = request.options;
  if (auto refused = refusal(options, *model_)) return tl::unexpected(std::move(*refused));
  auto reader = media::AudioReader::open(request.audio, options.max_seconds);
  if (!reader) return tl::unexpected(std::move(reader.error()));
  Recording recording(std::move(*reader));
  auto recognizer = model_->recognizer(options, threads_);
  if (!recognizer) return tl::unexpected(std::move(recognizer.error()));
  std::unique_ptr<SpeechDetector> detector;
  if (vad_) {
    auto made = vad_->detector();
    if (!made) return tl::unexpected(std::move(made.error()));
    detector = std::move(*made);
  }
  const std::string asked = model_->file().multilingual() ? options.language : "en";
  const std::string language = model_->language(asked).value_or("");  // none: found out
  std::optional<Pulse> pulse;
  if (model_->on_cpu()) pulse.emplace(report);
  worker::JobReport& told = pulse ? *pulse : report;
  return Transcription(recording, **recognizer, language, options.word_timestamps, told,
                       detector.get())
      .run();
}

}  // namespace transcribed::whisper
