#include "whisper/vad_detector.h"

#include <whisper.h>

#include <cstring>
#include <exception>
#include <new>
#include <utility>

#include <fmt/format.h>

#include "whisper/library_log.h"
#include "whisper/vad_file.h"

namespace transcribed::whisper {
namespace {

using core::Failure;
using core::FailureKind;

// Silero's own thresholds: speech begins at the first and ends below the second.
constexpr float speech_begins = 0.5F;
constexpr float speech_ends = 0.35F;

Failure out_of_memory() {
  return {FailureKind::out_of_memory,
          fmt::format("There is no room in RAM for voice activity detection: {} MB needed.",
                      detector_mb)};
}

// The file as libwhisper reads it.
struct Bytes {
  std::string_view rest;
  bool ended = false;

  static std::size_t read(void* self, void* into, std::size_t size) {
    auto& bytes = *static_cast<Bytes*>(self);
    const std::size_t count = std::min(size, bytes.rest.size());
    bytes.ended = bytes.ended || count < size;
    std::memcpy(into, bytes.rest.data(), count);
    bytes.rest.remove_prefix(count);
    return count;
  }
  static bool eof(void* self) { return static_cast<Bytes*>(self)->ended; }
  static void close(void*) {}
};

// libwhisper before 1.9 forgets what it heard from one call to the next; that is worse at the
// beginning of a piece, but works.
template <typename Context>
bool go_on_detecting(Context* context, const float* samples, int count) {
  if constexpr (requires { whisper_vad_detect_speech_no_reset(context, samples, count); }) {
    return whisper_vad_detect_speech_no_reset(context, samples, count);
  } else {
    return whisper_vad_detect_speech(context, samples, count);
  }
}

class VadDetector final : public SpeechDetector {
 public:
  explicit VadDetector(whisper_vad_context& context) : context_(context) {}
  ~VadDetector() override { whisper_vad_free(&context_); }
  VadDetector(const VadDetector&) = delete;
  VadDetector& operator=(const VadDetector&) = delete;

  tl::expected<std::vector<bool>, Failure> speech_in(std::span<const float> samples) override {
    std::vector<bool> frames;
    if (samples.empty()) return frames;
    LogWatch log;
    const std::size_t count =
        (samples.size() + detector_frame_samples - 1) / detector_frame_samples;
    try {
      const int length = static_cast<int>(samples.size());
      const bool done = begun_ ? go_on_detecting(&context_, samples.data(), length)
                               : whisper_vad_detect_speech(&context_, samples.data(), length);
      begun_ = true;
      if (!done || static_cast<std::size_t>(whisper_vad_n_probs(&context_)) != count) {
        return tl::unexpected(failure(log));
      }
    } catch (const std::bad_alloc&) {
      return tl::unexpected(out_of_memory());
    } catch (const std::exception& error) {
      log.last_error = error.what();
      return tl::unexpected(failure(log));
    }
    const float* probabilities = whisper_vad_probs(&context_);
    for (std::size_t i = 0; i < count; ++i) {
      speaks_ = probabilities[i] >= (speaks_ ? speech_ends : speech_begins);
      frames.push_back(speaks_);
    }
    return frames;
  }

 private:
  static Failure failure(const LogWatch& log) {
    if (log.out_of_memory) return out_of_memory();
    return {FailureKind::internal,
            fmt::format("libwhisper failed at voice activity detection: {}",
                        log.last_error.empty() ? "it does not say why" : log.last_error)};
  }

  whisper_vad_context& context_;
  bool begun_ = false;
  bool speaks_ = false;
};

}  // namespace

tl::expected<VadModel, Failure> VadModel::load(const std::string& path) {
  log_to_standard_error();
  auto bytes = read_vad_file(path);
  if (!bytes) return tl::unexpected(std::move(bytes.error()));
  VadModel model;
  model.path_ = path;
  model.bytes_ = std::move(*bytes);
  // Better refused now than with the first job.
  if (auto tried = model.detector(); !tried) return tl::unexpected(std::move(tried.error()));
  return model;
}

tl::expected<std::unique_ptr<SpeechDetector>, Failure> VadModel::detector() const {
  LogWatch log;
  // libwhisper goes on without a buffer that it did not get, so what it needs is asked for first.
  if (!std::unique_ptr<char[]>(new (std::nothrow) char[detector_mb * core::bytes_per_mb])) {
    return tl::unexpected(out_of_memory());
  }
  Bytes bytes{bytes_};
  whisper_model_loader loader{};
  loader.context = &bytes;
  loader.read = &Bytes::read;
  loader.eof = &Bytes::eof;
  loader.close = &Bytes::close;
  whisper_vad_context_params parameters = whisper_vad_default_context_params();
  parameters.use_gpu = false;
  parameters.n_threads = 1;  // too little work to be shared out
  whisper_vad_context* context = nullptr;
  try {
    context = whisper_vad_init_with_params(&loader, parameters);
  } catch (const std::bad_alloc&) {
    log.out_of_memory = true;
  } catch (const std::exception& error) {
    log.last_error = error.what();
  }
  if (context != nullptr) return std::make_unique<VadDetector>(*context);
  if (log.out_of_memory) return tl::unexpected(out_of_memory());
  return tl::unexpected(
      Failure{FailureKind::internal,
              fmt::format("libwhisper would not load the voice activity detection model {}: {}",
                          path_, log.last_error.empty() ? "it does not say why" : log.last_error)});
}

}  // namespace transcribed::whisper
