// Recordings in folders: what counts as one, and how a tree is walked. Any thread.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace transcribed::client {

// Extensions by which a file in a folder is taken for a recording, in lower case, without the dot.
const std::vector<std::string_view>& recording_extensions();

// By its name alone: a known extension in any case, and not hidden.
bool is_recording_name(const std::filesystem::path& path);

bool is_hidden(const std::filesystem::path& path);

struct WalkVisitor {
  std::function<void(const std::filesystem::path& file)> on_recording;
  // Each folder below, before what it holds.
  std::function<void(const std::filesystem::path& folder)> on_folder = {};
  // A sentence about a folder that could not be read; the walk goes on.
  std::function<void(std::string sentence)> on_problem = {};
};

// The recordings in `folder`, by name; with `recursive` also those below, folder by folder. Hidden
// files and folders are passed over; links to files are followed, links to folders are not, so that
// a walk ends.
void walk_recordings(const std::filesystem::path& folder, bool recursive,
                     const WalkVisitor& visitor);

}  // namespace transcribed::client
