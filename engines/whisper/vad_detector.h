// Silero's voice activity detection, as libwhisper computes it. Always on the CPU: libwhisper has
// it nowhere else.
#pragma once

#include <memory>
#include <string>

#include <tl/expected.hpp>

#include "core/failure.h"
#include "core/memory_size.h"
#include "whisper/speech_detector.h"

namespace transcribed::whisper {

// What a detector takes in RAM (5 MB were measured): a copy of the weights, its graph and buffers.
inline constexpr core::Megabytes detector_mb = 6;

// Any thread after load().
class VadModel {
 public:
  // Failures: what read_vad_file() says; out_of_memory; internal where libwhisper refuses it.
  static tl::expected<VadModel, core::Failure> load(const std::string& path);
  // One for each job, because a detector remembers what it heard. It may outlive the model.
  // Failures: out_of_memory, internal.
  tl::expected<std::unique_ptr<SpeechDetector>, core::Failure> detector() const;

 private:
  std::string path_;
  std::string bytes_;  // of the file, so that a later change to it harms nobody
};

}  // namespace transcribed::whisper
