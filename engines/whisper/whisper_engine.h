// Whisper as an engine: one model, several jobs at once.
#pragma once

#include <memory>
#include <optional>

#include "whisper/vad_detector.h"
#include "whisper/whisper_model.h"
#include "worker/engine.h"

namespace transcribed::whisper {

class WhisperEngine final : public worker::Engine {
 public:
  // `file` of the load is a model in ggml's format; `vad_file`, where there is one, a model for
  // voice activity detection.
  tl::expected<wire::Ready, core::Failure> load(const wire::Load& load) override;
  tl::expected<worker::Heard, core::Failure> transcribe(const wire::Transcribe& request,
                                                        worker::JobReport& report) override;

 private:
  std::unique_ptr<WhisperModel> model_;
  std::optional<VadModel> vad_;
  int threads_ = 1;
};

}  // namespace transcribed::whisper
