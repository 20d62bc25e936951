// Which API keys the server knows: the one of its configuration, and those of DATA/keys.json, which
// `transcribed keys` changes while the server runs. As soon as there is one, one is asked for.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "adapters/api_keys.h"
#include "core/access.h"
#include "http/errors.h"

namespace transcribed::http {

// Loop thread.
class KeyRing {
 public:
  // The name of the configuration's own key, which has no limits.
  static constexpr std::string_view config_key_name = "config";
  // How often the file is looked at, and so how long a key that was removed may still serve.
  static constexpr std::chrono::seconds look_every{1};

  // `config_key`: empty: none. `keys_file`: empty: none is looked at. A file that cannot be read is
  // logged, and what was known before stays; at the start that is that a key is needed, and none
  // there.
  KeyRing(std::string_view config_key, std::filesystem::path keys_file);

  bool needs_key();
  // Who shows this Authorization header; the error is 401. Without a need for keys: nobody in
  // particular.
  tl::expected<core::Caller, ApiError> caller(std::string_view authorization);
  // For what goes on for long: whether who was let in under this name would be now.
  bool still_lets_in(const std::string& name);
  // Of a key that is gone: none.
  core::KeyLimits limits_of(const std::string& name) const;

 private:
  // What tells one version of the file from another.
  struct Version {
    std::int64_t changed_ns = 0;
    std::uint64_t inode = 0;
    std::int64_t bytes = -1;  // -1: there is no file
    bool operator==(const Version&) const = default;
  };
  Version version() const;
  void look();

  std::optional<std::string> config_digest_;
  std::filesystem::path file_;
  std::vector<adapters::ApiKey> keys_;
  bool unreadable_ = false;
  Version seen_;
  std::chrono::steady_clock::time_point look_next_{};
};

}  // namespace transcribed::http
