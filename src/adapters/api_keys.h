// The API keys in DATA/keys.json: who may use the server, and how much of it. Kept are SHA-256
// digests, never the keys themselves; a key is 256 random bits, which no dictionary holds, so a
// plain digest serves.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "core/access.h"
#include "core/time.h"

namespace transcribed::adapters {

struct ApiKey {
  core::Caller caller;
  std::string digest;  // key_digest() of the key
  core::WallTime created_at{};

  bool operator==(const ApiKey&) const = default;
};

// "tsk_" and 43 characters of A-Z a-z 0-9 - _.
std::string new_api_key();
// SHA-256 in lower-case hex.
std::string key_digest(std::string_view key);
// Why no key may have this name; empty: it may.
std::string why_bad_key_name(std::string_view name);

// No file: no keys. The error is a sentence that names the file. Blocks; for small files.
tl::expected<std::vector<ApiKey>, std::string> read_api_keys(const std::filesystem::path& file);
// Replaces the file in one step, so that whoever reads it sees the old keys or the new ones; mode
// 0600. On disk when it returns. The folder must exist.
tl::expected<void, std::string> write_api_keys(const std::filesystem::path& file,
                                               const std::vector<ApiKey>& keys);

}  // namespace transcribed::adapters
