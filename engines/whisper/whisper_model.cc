#include "whisper/whisper_model.h"

#include <whisper.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <exception>
#include <memory>
#include <new>
#include <utility>

#include <fmt/format.h>

#include "whisper/devices.h"
#include "whisper/gpu_memory.h"
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

// Beside a model's weights, while it is loaded: its vocabulary, the file's buffers. Weights that
// just fit would find no room any more, and that ends the process.
constexpr std::int64_t loading_bytes = 64 * core::bytes_per_mb;

// libwhisper's four schedulers reserve this much RAM for each state, and touch next to nothing of
// it.
constexpr std::size_t scheduler_bytes = 83'000'000;
constexpr int schedulers = 4;

// Before libwhisper has said it: the caches as they are laid out (keys and values in f16), and for
// the graphs a line through what was logged for all sizes from micro to large-v3, rounded up.
std::int64_t likely_state_bytes(const wire::WhisperFile& file) {
  const std::int64_t cross_cache = std::int64_t{6144} * file.text_layers * file.text_width;
  const std::int64_t logits = std::int64_t{4} * file.text_context * file.vocabulary;
  return file.decoder_cache_bytes() + cross_cache + logits + 88'000 * file.text_width + 10'000'000;
}

// A state that cannot be made whole ends the process: libwhisper frees what it has not set up yet.
// So all of it is asked for first.
tl::expected<void, Failure> rehearse_state(const Device& device, std::int64_t bytes,
                                           const std::string& what) {
  std::array<std::unique_ptr<char[]>, schedulers> reserved;
  for (auto& one : reserved) {
    one.reset(new (std::nothrow) char[scheduler_bytes]);
    if (!one) return tl::unexpected(out_of_memory(device, bytes, what));
  }
  return rehearse(device, bytes, what);
}

std::int64_t overhead_bytes(const Device& device) {
  return overhead_of(device.backend).state_mb * core::bytes_per_mb;
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
  tl::expected<wire::WhisperFile, Failure> file = read_model_file(path);
  if (!file) return tl::unexpected(std::move(file.error()));
  LogWatch log;
  const tl::expected<Device, Failure> device = choose_device(wanted);
  if (!device) return tl::unexpected(device.error());
  const std::string what = fmt::format("the model {}", path);
  if (auto fits = rehearse(*device, file->weights_bytes + loading_bytes, what); !fits) {
    return tl::unexpected(std::move(fits.error()));
  }

  std::unique_ptr<WhisperModel> model(new WhisperModel());
  model->file_ = *file;
  model->device_ = *device;
  whisper_context_params parameters = whisper_context_default_params();
  parameters.use_gpu = device->is_gpu;
  parameters.gpu_device = device->gpu_device;
  model->context_ = or_null(
      [&] { return whisper_init_from_file_with_params_no_state(path.c_str(), parameters); }, log);
  if (model->context_ == nullptr) {
    if (log.out_of_memory) return tl::unexpected(out_of_memory(*device, file->weights_bytes, what));
    return tl::unexpected(
        Failure{FailureKind::internal,
                fmt::format("libwhisper would not load the model {}: {}", path,
                            log.last_error.empty() ? "it does not say why" : log.last_error)});
  }
  model->cost_.weights_vram_mb =
      whole_mb(log.weights_on_device) + overhead_of(device->backend).process_mb;
  if (auto measured = model->measure(log); !measured) {
    return tl::unexpected(std::move(measured.error()));
  }
  return model;
}

// One state made and freed again: libwhisper says what each buffer of it takes, and a model whose
// first job could not even begin is better refused now.
tl::expected<void, Failure> WhisperModel::measure(LogWatch& log) {
  const std::int64_t likely_bytes = likely_state_bytes(file_) + overhead_bytes(device_);
  if (auto fits = rehearse_state(device_, likely_bytes, "a job beside the model"); !fits) {
    return fits;
  }
  log.state = 0;
  whisper_state* state = or_null([&] { return whisper_init_state(context_); }, log);
  if (state == nullptr) {
    return tl::unexpected(out_of_memory(device_, likely_bytes, "a job beside the model"));
  }
  whisper_free_state(state);
  // Its way of counting GPUs is written down nowhere, so a change would go unnoticed.
  if (device_.is_gpu && !log.gpu.empty() && log.gpu != device_.ggml_name) {
    fmt::print(stderr, "WARN: libwhisper computes on {}, although {} ({}) was chosen\n", log.gpu,
               device_.ggml_name, device_.name);
  }
  state_bytes_ =
      log.state + (largest_cache - 1) * file_.decoder_cache_bytes() + overhead_bytes(device_);
  cost_.weights_ram_mb = worker::ram_taken_mb();
  cost_.job_ram_mb = job_overhead_mb + (device_.is_gpu ? 0 : whole_mb(state_bytes_));
  cost_.job_vram_mb = device_.is_gpu ? whole_mb(state_bytes_) : 0;
  return {};
}

std::optional<std::string> WhisperModel::language(std::string asked) const {
  if (asked.empty()) return std::nullopt;
  std::transform(asked.begin(), asked.end(), asked.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  asked.resize(std::min(asked.find_first_of("-_"), asked.size()));
  const int id = whisper_lang_id(asked.c_str());
  const int known = std::max(1, file_.languages());  // English is the first
  if (id < 0 || id >= known) return std::nullopt;
  return whisper_lang_str(id);
}

tl::expected<std::unique_ptr<Recognizer>, Failure> WhisperModel::recognizer(
    const core::TranscribeOptions& options, int threads) {
  const std::string what = "one more job beside the model";
  LogWatch log;
  // One at a time, so that two do not both find the room for one.
  const std::lock_guard lock(making_state_);
  if (auto fits = rehearse_state(device_, state_bytes_, what); !fits) {
    return tl::unexpected(std::move(fits.error()));
  }
  whisper_state* state = or_null([&] { return whisper_init_state(context_); }, log);
  if (state == nullptr) return tl::unexpected(out_of_memory(device_, state_bytes_, what));
  return std::make_unique<StateRecognizer>(*context_, state, device_, state_bytes_, options,
                                           threads);
}

}  // namespace transcribed::whisper
