// Writes a result so that a reader sees the old file or the whole new one, never half of it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace transcribed::client {

// Through a temporary file in the same folder, which is gone again after a failure. Without
// `overwrite`, a file that appeared meanwhile is left alone. Nothing, or a sentence.
std::optional<std::string> write_result(const std::filesystem::path& path, std::string_view content,
                                        bool overwrite);

// All of `bytes` to a descriptor. Nothing, or the system's reason.
std::optional<std::string> write_all(int fd, std::string_view bytes);

}  // namespace transcribed::client
