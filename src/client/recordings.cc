#include "client/recordings.h"

#include <algorithm>
#include <cctype>
#include <system_error>

#include <fmt/format.h>

#include "client/terminal_text.h"

namespace transcribed::client {

namespace fs = std::filesystem;

const std::vector<std::string_view>& recording_extensions() {
  // What FFmpeg reads and people record. Not "ts": far more of those are TypeScript.
  static const std::vector<std::string_view> extensions{
      "3gp", "aac",  "ac3",  "aif",  "aifc", "aiff", "amr", "ape", "asf", "au",   "avi",
      "caf", "flac", "flv",  "m2ts", "m4a",  "m4b",  "m4v", "mka", "mkv", "mov",  "mp2",
      "mp3", "mp4",  "mpeg", "mpg",  "mpga", "mts",  "oga", "ogg", "ogv", "opus", "ra",
      "spx", "tta",  "vob",  "wav",  "webm", "wma",  "wmv", "wv"};
  return extensions;
}

bool is_hidden(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.starts_with('.') && name != "." && name != "..";
}

bool is_recording_name(const fs::path& path) {
  if (is_hidden(path)) return false;
  std::string extension = path.extension().string();
  if (extension.size() < 2) return false;
  extension.erase(0, 1);
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto& known = recording_extensions();
  return std::find(known.begin(), known.end(), extension) != known.end();
}

void walk_recordings(const fs::path& folder, bool recursive, const WalkVisitor& visitor) {
  std::error_code ec;
  std::vector<fs::path> files;
  std::vector<fs::path> folders;
  fs::directory_iterator entry(folder, ec);
  for (; !ec && entry != fs::directory_iterator(); entry.increment(ec)) {
    const fs::path& path = entry->path();
    if (is_hidden(path)) continue;
    std::error_code unknown;
    const fs::file_status status = entry->symlink_status(unknown);
    if (fs::is_directory(status)) {
      if (recursive) folders.push_back(path);
    } else if (is_recording_name(path) && fs::is_regular_file(entry->status(unknown))) {
      files.push_back(path);
    }
  }
  if (ec && visitor.on_problem) {
    visitor.on_problem(
        fmt::format("{} cannot be read: {}", escape_controls(folder.string()), ec.message()));
  }
  std::sort(files.begin(), files.end());
  std::sort(folders.begin(), folders.end());
  for (const fs::path& file : files) visitor.on_recording(file);
  for (const fs::path& below : folders) {
    if (visitor.on_folder) visitor.on_folder(below);
    walk_recordings(below, recursive, visitor);
  }
}

}  // namespace transcribed::client
