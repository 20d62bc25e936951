#include "whisper/whisper_model.h"

#include <whisper.h>

#include <exception>
#include <new>
#include <utility>

#include <fmt/format.h>

#include "whisper/devices.h"
#include "whisper/library_log.h"
#include "whisper/state_recognizer.h"
#include "worker/worker_loop.h"

namespace transcribed::whisper {
namespace {

using core::Failure;
using core::FailureKind;

// An estimate of what a job holds in RAM wherever it computes: 31 s of sound, its spectrum, the
// probabilities of all tokens for each of five decoders, FFmpeg's buffers.
constexpr core::Megabytes job_overhead_mb = 32;
// libwhisper makes the decoder's cache (decoders + 2) times as large as for one.
constexpr int largest_cache = most_beams + 2;

core::Megabytes megabytes(std::int64_t bytes) {
  return (bytes + core::bytes_per_mb - 1) / core::bytes_per_mb;
}

// libwhisper is C++ inside and throws through its C interface.
template <typename Call>
auto or_null(Call call, LogWatch& log) -> decltype(call()) {
  try {
    return call();
  } catch (const std::bad_alloc&) {
    log.out_of_memory = true;
  } catch (const std::exception& error) {
    log.last_error = error.what();
  }
  return nullptr;
}

}  // namespace

WhisperModel::~WhisperModel() {
  if (context_ != nullptr) whisper_free(context_);
}

tl::expected<std::unique_ptr<WhisperModel>, Failure> WhisperModel::load(const std::string& path,
                                                                        const std::string& wanted) {
  log_to_standard_error();
  tl::expected<ModelFile, Failure> file = read_model_file(path);
  if (!file) return tl::unexpected(std::move(file.error()));
  LogWatch log(LogWatch::Show::all);
  const tl::expected<Device, Failure> device = choose_device(wanted);
  if (!device) return tl::unexpected(device.error());
  const std::string what = fmt::format("the model {}", path);
  if (auto fits = rehearse(*device, file->weights_bytes, what); !fits) {
    return tl::unexpected(std::move(fits.error()));
  }

  std::unique_ptr<WhisperModel> model(new WhisperModel());
  model->file_ = *file;
  model->device_ = *device;
  whisper_context_params parameters = whisper_context_default_params();
  parameters.use_gpu = device->is_gpu;
  model->context_ = or_null(
      [&] { return whisper_init_from_file_with_params_no_state(path.c_str(), parameters); }, log);
  if (model->context_ == nullptr) {
    if (log.out_of_memory) return tl::unexpected(out_of_memory(*device, file->weights_bytes, what));
    return tl::unexpected(
        Failure{FailureKind::internal,
                fmt::format("libwhisper would not load the model {}: {}", path,
                            log.last_error.empty() ? "it does not say why" : log.last_error)});
  }
  model->cost_.weights_vram_mb = megabytes(log.weights_on_device);
  if (auto measured = model->measure(log); !measured) {
    return tl::unexpected(std::move(measured.error()));
  }
  return model;
}

// One state made and freed again: libwhisper says what each buffer of it takes, and a model whose
// first job could not even begin is better refused now.
tl::expected<void, Failure> WhisperModel::measure(LogWatch& log) {
  log.state = 0;
  whisper_state* state = or_null([&] { return whisper_init_state(context_); }, log);
  if (state == nullptr) {
    return tl::unexpected(out_of_memory(device_, log.state, "a job beside the model"));
  }
  whisper_free_state(state);
  state_bytes_ = log.state + (largest_cache - 1) * file_.decoder_cache_bytes();
  cost_.weights_ram_mb = worker::ram_taken_mb();
  cost_.job_ram_mb = job_overhead_mb + (device_.is_gpu ? 0 : megabytes(state_bytes_));
  cost_.job_vram_mb = device_.is_gpu ? megabytes(state_bytes_) : 0;
  return {};
}

bool WhisperModel::knows_language(const std::string& language) const {
  if (!file_.multilingual()) return language == "en";
  const int id = whisper_lang_id(language.c_str());
  return id >= 0 && id < file_.languages();
}

tl::expected<std::unique_ptr<Recognizer>, Failure> WhisperModel::recognizer(
    const core::TranscribeOptions& options, int threads) {
  LogWatch log(LogWatch::Show::warnings);
  whisper_state* state = or_null(
      [&] {
        const std::lock_guard lock(making_state_);
        return whisper_init_state(context_);
      },
      log);
  if (state == nullptr) {
    return tl::unexpected(out_of_memory(device_, state_bytes_, "one more job beside the model"));
  }
  return std::make_unique<StateRecognizer>(*context_, state, device_, state_bytes_, options,
                                           threads);
}

}  // namespace transcribed::whisper
