// A Whisper model in memory, and the ears it lends to jobs. The only part that calls libwhisper.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <tl/expected.hpp>

#include "core/failure.h"
#include "core/job.h"
#include "core/memory_size.h"
#include "whisper/devices.h"
#include "whisper/library_log.h"
#include "whisper/model_file.h"
#include "whisper/recognizer.h"

struct whisper_context;

namespace transcribed::whisper {

// More beams than this would need a larger cache than is reckoned for each job.
inline constexpr int most_beams = 5;

// What loading the model took, and what a job takes beside it.
struct Cost {
  core::Megabytes weights_vram_mb = 0;
  core::Megabytes weights_ram_mb = 0;
  core::Megabytes job_vram_mb = 0;
  core::Megabytes job_ram_mb = 0;
};

// Any thread after load(). Weights are there once, however many jobs use them.
class WhisperModel {
 public:
  // `device`: "cpu", or anything else for the first GPU that ggml finds, and the CPU where it finds
  // none. Failures: out_of_memory with the figures; internal with what is wrong with the file.
  static tl::expected<std::unique_ptr<WhisperModel>, core::Failure> load(const std::string& path,
                                                                         const std::string& device);
  ~WhisperModel();
  WhisperModel(const WhisperModel&) = delete;
  WhisperModel& operator=(const WhisperModel&) = delete;

  const wire::WhisperFile& file() const { return file_; }
  const Cost& cost() const { return cost_; }
  // "CPU", "NVIDIA GeForce RTX 5070 Ti (Vulkan)".
  const std::string& device() const { return device_.name; }
  bool on_cpu() const { return !device_.is_gpu; }
  // The code (ISO 639-1) of a language that this model was taught: by that, by its English name, or
  // with a region, in capitals or not ("en", "German", "pt-BR"). Nothing: it does not know it.
  std::optional<std::string> language(std::string asked) const;

  // A state of its own for each job: what a state has heard changes what it hears next (its random
  // numbers and its text go on), and making one takes less than 10 ms. The options must outlive it.
  // Failure: out_of_memory.
  tl::expected<std::unique_ptr<Recognizer>, core::Failure> recognizer(
      const core::TranscribeOptions& options, int threads);

 private:
  WhisperModel() = default;
  tl::expected<void, core::Failure> measure(LogWatch& log);

  wire::WhisperFile file_;
  Device device_;
  Cost cost_;
  std::int64_t state_bytes_ = 0;  // of one job, at its largest
  whisper_context* context_ = nullptr;
  std::mutex making_state_;
};

}  // namespace transcribed::whisper
