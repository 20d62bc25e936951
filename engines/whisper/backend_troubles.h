// Why ggml found no GPU: it passes over backends that cannot be loaded without a word.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace transcribed::whisper {

// What the loader says of each backend for a GPU in `folder` (libggml-*.so, without those for the
// CPU) that cannot be loaded, in the order of their names; each names the file. Nothing where all
// can, or where there is none. Loads what can be loaded, for good. Any thread.
std::vector<std::string> backend_troubles(const std::filesystem::path& folder);

}  // namespace transcribed::whisper
