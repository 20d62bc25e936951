#include "daemon/model_files.h"

#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "adapters/model_file.h"
#include "core/whisper_models.h"
#include "daemon/config_models.h"
#include "daemon/config_whisper.h"

namespace transcribed::daemon {

namespace {

// Of a published model's own file. What a section names may be somebody's own of that kind.
std::optional<std::string> wrong_size(const core::Model& model) {
  const core::WhisperModel* published =
      model.implied ? core::find_whisper_model(model.published_as) : nullptr;
  std::error_code error;
  const auto bytes = static_cast<std::int64_t>(std::filesystem::file_size(model.file, error));
  if (published == nullptr || error || bytes == published->bytes) return std::nullopt;
  return fmt::format(
      "its file {0} has {1} bytes in place of {2}, so it is damaged; remove it with `transcribe "
      "models rm {3}` and fetch it again with `transcribe models pull {3}`",
      model.file, bytes, published->bytes, published->name);
}

// Whether it is what it should be is the engine's to say.
std::optional<std::string> vad_file_missing(const core::Model& model) {
  if (model.vad_file.empty()) return std::nullopt;
  std::error_code error;
  if (std::filesystem::is_regular_file(model.vad_file, error) &&
      ::access(model.vad_file.c_str(), R_OK) == 0) {
    return std::nullopt;
  }
  return fmt::format(
      "its vad_file {} is not there, or cannot be read; put a model for voice activity detection "
      "there, or remove vad_file",
      model.vad_file);
}

}  // namespace

std::optional<std::string> why_unavailable(const core::Model& model) {
  if (model.engine != whisper_engine) return std::nullopt;
  if (model.command.empty() || ::access(model.command.front().c_str(), X_OK) != 0) {
    return fmt::format(
        "the engine whisper is not in this build ({} cannot be run); build it where libwhisper "
        "is, or set libexec_dir to where it lies",
        model.command.empty() ? "its program" : model.command.front());
  }
  const auto why = adapters::why_not_loadable(model.file);
  if (!why) {
    if (auto wrong = wrong_size(model)) return wrong;
    return vad_file_missing(model);
  }
  if (*why != adapters::file_not_there) {
    return fmt::format("its file {} {}", model.file, *why);
  }
  if (!model.file_by_name) {
    return fmt::format(
        "its file {} is not there; put it there, or leave out `file` in the config file and bring "
        "it in with `transcribe models {}`",
        model.file,
        model.published_as.empty() ? "add FILE --name " + model.name
                                   : "pull " + model.published_as);
  }
  if (model.published_as.empty()) {
    return fmt::format(
        "its file {} is not there; bring it in with `transcribe models add FILE --name {}`",
        model.file, model.name);
  }
  return fmt::format("its file {} is not there; fetch it with `transcribe models pull {}`",
                     model.file, model.published_as);
}

std::string whisper_words(const core::ModelCatalogue& models, const std::string& default_model) {
  bool with_engine = false;
  for (const auto& [name, model] : models) {
    if (model.engine != whisper_engine) {
      if (model.engine != built_in_engine) return {};
      continue;
    }
    if (!model.implied) return {};  // its own warning tells more
    with_engine = true;
    if (name == default_model) {
      return why_unavailable(model) ? "" : fmt::format("The default model is {}", name);
    }
    if (!why_unavailable(model)) return {};
  }
  if (!with_engine) return {};
  const core::WhisperModel* small = core::find_whisper_model("small");
  return fmt::format(
      "No Whisper model is here yet: `transcribe models pull {}` fetches one ({} MB). Until then "
      "there is {}, which knows some English",
      small->name, (small->bytes + core::bytes_per_mb - 1) / core::bytes_per_mb, built_in_engine);
}

}  // namespace transcribed::daemon
