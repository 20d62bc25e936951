// A model is what a user names; its entry in the config says which engine runs it and what it
// costs.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/memory_size.h"

namespace transcribed::core {

enum class EngineKind {
  worker,   // a warm process that speaks the JSON Lines protocol
  command,  // one process a job, from a template
};

// What the jobs of a model on one GPU have in common.
enum class Sharing {
  none,   // nothing: each job costs the whole model (unless jobs_per_process says otherwise)
  model,  // one process per GPU and model with many jobs in it: the weights are there once
};

struct Model {
  std::string name;
  std::string engine;  // as configured: "pocketsphinx", "command", "worker"
  EngineKind kind = EngineKind::worker;
  std::vector<std::string> command;  // argv; for command engines with {audio} and the like inside
  std::string file;  // the model's file or folder, handed to the engine; may be empty
  // Of the whisper engine: which published model it is (core/whisper_models.h); empty: another.
  std::string published_as;
  // Its file lies in the models folder under its name: the config does not say where it is.
  bool file_by_name = false;
  // It has no section in the config: offered while its file is there, and not told of otherwise.
  bool implied = false;
  // Of the whisper engine: a model for voice activity detection; empty: none is used.
  std::string vad_file;
  std::optional<Megabytes> vram_mb;  // nothing: vram_per_job_mb
  std::optional<Megabytes> ram_mb;   // nothing: ram_per_job_mb; 0 turns the RAM rule off
  Sharing sharing = Sharing::none;
  // Of a model with Sharing::model, by hand. Nothing: what was measured or is known of the model.
  std::optional<Megabytes> weights_mb;  // VRAM of the loaded model itself, without any job
  std::optional<Megabytes> state_mb;    // VRAM that each job adds, temperature fallback included
  // The same two as the catalogue of known models has them, temperature fallback included. Used
  // until they have been measured.
  std::optional<Megabytes> catalogue_weights_mb, catalogue_state_mb;
  // How many jobs a worker is given at once. Nothing: 1, and with Sharing::model as many as its GPU
  // has room for.
  std::optional<int> jobs_per_process;
  int threads = 1;  // for each job, told to the worker; 0: by the machine's cores and slots
  // No word from the engine for this long ends it; 0: never.
  std::chrono::seconds silence_timeout{300};
  // A warm worker without a job is ended after this long; 0: never.
  std::chrono::seconds idle_timeout{600};

  bool operator==(const Model&) const = default;
};

// By name.
using ModelCatalogue = std::map<std::string, Model, std::less<>>;

}  // namespace transcribed::core
