// One job's ears: a whisper_state beside the context that all jobs share.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/job.h"
#include "whisper/devices.h"
#include "whisper/recognizer.h"

struct whisper_context;
struct whisper_state;
struct whisper_full_params;

namespace transcribed::whisper {

class StateRecognizer final : public Recognizer {
 public:
  // Owns `state`; borrows the rest. `state_bytes`: for the figures of a failure.
  StateRecognizer(whisper_context& context, whisper_state* state, const Device& device,
                  std::int64_t state_bytes, const core::TranscribeOptions& options, int threads);
  ~StateRecognizer() override;

  tl::expected<HeardWindow, core::Failure> hear(const Window& window) override;

 private:
  struct Pass;
  // libwhisper's code for a failure, or 0.
  int detect_language(const Window& window, HeardWindow& heard);
  whisper_full_params parameters(const std::string& language, Pass& pass) const;
  double heard_s(const Window& window, const Pass& pass, double last_end_s) const;
  std::optional<double> no_speech_probability();
  HeardSegment segment(int index) const;
  core::Failure failure(int status, bool out_of_memory, const std::string& why);

  whisper_context& context_;
  whisper_state* state_;
  const Device& device_;
  std::int64_t state_bytes_;
  const core::TranscribeOptions& options_;
  int threads_;
};

}  // namespace transcribed::whisper
