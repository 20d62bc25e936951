// Files that are nobody else's business, such as keys.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace transcribed::adapters {

// Replaces the file as a whole, with mode 0600: after a crash it is the old one or the new one. On
// disk when this returns. The error is a sentence. Blocks.
tl::expected<void, std::string> write_private_file(const std::filesystem::path& file,
                                                   std::string_view text);

}  // namespace transcribed::adapters
