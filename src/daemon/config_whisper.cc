#include "daemon/config_whisper.h"

#include <unistd.h>

#include <filesystem>
#include <tuple>

#include "core/whisper_models.h"
#include "daemon/model_files.h"

namespace transcribed::daemon {

namespace fs = std::filesystem;

void set_whisper_defaults(core::Model& model, const std::string& published) {
  model.sharing = core::Sharing::model;
  model.threads = 0;
  const core::WhisperModel* known = core::find_whisper_model(published);
  if (known == nullptr) return;
  model.published_as = known->name;
  model.catalogue_weights_mb = known->weights_mb;
  model.catalogue_state_mb = known->job_mb();
}

std::optional<std::string> largest_whisper_model(const core::ModelCatalogue& models) {
  const core::WhisperModel* best = nullptr;
  for (const auto& [name, model] : models) {
    const core::WhisperModel* one = core::find_whisper_model(model.published_as);
    if (one == nullptr || why_unavailable(model)) continue;
    if (best == nullptr ||
        std::tuple(one->multilingual, one->bytes) > std::tuple(best->multilingual, best->bytes)) {
      best = one;
    }
  }
  if (best == nullptr) return std::nullopt;
  return std::string(best->name);
}

void complete_whisper_models(Draft& draft) {
  core::ModelCatalogue& models = draft.config.models;
  const fs::path program = draft.config.libexec_dir / "transcribed-engine-whisper";
  const bool installed = ::access(program.c_str(), X_OK) == 0;
  // Without the engine they would only be names that lead nowhere; the default model is completed
  // all the same, so that what is missing can be said.
  for (const core::WhisperModel& published : core::whisper_models()) {
    const std::string name(published.name);
    if (models.contains(name)) continue;
    if (!installed && draft.config.default_model != name) continue;
    core::Model model;
    model.name = name;
    model.engine = whisper_engine;
    model.implied = true;
    set_whisper_defaults(model, name);
    models[name] = std::move(model);
  }
  for (auto& [name, model] : models) {
    if (model.engine != whisper_engine) continue;
    model.command = {program.string()};
    if (model.file.empty()) {
      model.file_by_name = true;
      const std::string file_name =
          core::whisper_file_name(model.published_as.empty() ? name : model.published_as);
      model.file = (draft.config.models_dir / file_name).string();
    }
    // One that nobody asked for may be missing; and where something is refused, that comes first.
    if (model.implied && draft.config.default_model != name) continue;
    if (!draft.problems.errors.empty()) continue;
    if (const auto why = why_unavailable(model)) {
      draft.problems.warnings.push_back("Model " + name + " cannot be used now: " + *why + ".");
    }
  }
}

}  // namespace transcribed::daemon
