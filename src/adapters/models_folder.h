// The folder with Whisper models: files named as core::whisper_file_name() does, and parts of those
// that are being fetched. Blocking; any thread. Errors are whole sentences.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace transcribed::adapters {

struct ModelFile {
  std::string name;             // "small"
  std::int64_t bytes = 0;       // of the whole file; 0: there is only a part
  std::int64_t part_bytes = 0;  // fetched so far
  // Of a whole one, by its head.
  bool damaged = false;
  bool multilingual = false;
  bool is_whole() const { return bytes > 0; }
};

// By name; empty where there is no such folder.
std::vector<ModelFile> list_models(const std::filesystem::path& folder);

// Creates what is missing, readable by its owner alone as the data folder is.
std::optional<std::string> make_models_folder(const std::filesystem::path& folder);

struct AddOptions {
  bool link = false;                        // a hard link in place of a copy
  std::function<bool(std::int64_t)> go_on;  // asked with the bytes copied; false ends it
};
// Brings `file` into `folder` as `name`; it is whole there, or not at all. Refuses what is no
// ggml Whisper model or not all of one, a name that is there already, and a name of the catalogue
// for a file that is not the published one. The error is "" when `go_on` ended it.
std::optional<std::string> add_model(const std::filesystem::path& file,
                                     const std::filesystem::path& folder, std::string_view name,
                                     const AddOptions& options);

// The file and what there is of a part. "is being fetched" when another process is at it.
std::optional<std::string> remove_model(const std::filesystem::path& folder, std::string_view name);

// Letters, digits and . _ - only, as a file name and the config take it.
bool is_model_name(std::string_view name);

}  // namespace transcribed::adapters
