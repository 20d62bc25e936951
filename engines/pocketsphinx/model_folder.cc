#include "pocketsphinx/model_folder.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>
#include <vector>

namespace transcribed::pocketsphinx {
namespace {

namespace fs = std::filesystem;

std::string language_of(const fs::path& folder) {
  const std::string name = folder.filename().string();
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  const bool says = name.size() >= 2 && is_letter(name[0]) && is_letter(name[1]) &&
                    (name.size() == 2 || name[2] == '-' || name[2] == '_');
  return says ? name.substr(0, 2) : std::string();
}

std::string first_with_ending(const std::vector<fs::path>& entries, std::string_view ending) {
  for (const fs::path& entry : entries) {
    const std::string name = entry.filename().string();
    // Models of phones instead of words lie beside the real one.
    if (name.ends_with(ending) && name.find("phone") == std::string::npos) return entry.string();
  }
  return {};
}

core::Failure missing(const fs::path& folder, const std::string& what) {
  return {core::FailureKind::internal, "no PocketSphinx model in " + folder.string() + ": " + what};
}

}  // namespace

tl::expected<ModelFolder, core::Failure> find_model(const std::string& folder) {
  fs::path root = fs::path(folder).lexically_normal();
  if (!root.has_filename()) root = root.parent_path();
  std::error_code error;
  std::vector<fs::path> entries;
  for (auto entry = fs::directory_iterator(root, error);
       !error && entry != fs::directory_iterator(); entry.increment(error)) {
    entries.push_back(entry->path());
  }
  if (error) return tl::unexpected(missing(root, error.message()));
  std::sort(entries.begin(), entries.end());

  ModelFolder model;
  model.language = language_of(root);
  if (fs::exists(root / "mdef", error)) model.acoustic = root.string();
  for (const fs::path& entry : entries) {
    if (model.acoustic.empty() && fs::exists(entry / "mdef", error))
      model.acoustic = entry.string();
  }
  for (const std::string_view ending :
       std::to_array<std::string_view>({".lm.bin", ".lm.dmp", ".lm"})) {
    if (model.words.empty()) model.words = first_with_ending(entries, ending);
  }
  model.dictionary = first_with_ending(entries, ".dict");
  if (model.acoustic.empty()) return tl::unexpected(missing(root, "no folder with a file mdef"));
  if (model.words.empty()) return tl::unexpected(missing(root, "no language model (*.lm.bin)"));
  if (model.dictionary.empty()) return tl::unexpected(missing(root, "no dictionary (*.dict)"));
  return model;
}

}  // namespace transcribed::pocketsphinx
