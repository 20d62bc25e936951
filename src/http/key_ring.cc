#include "http/key_ring.h"

#include <sys/stat.h>

#include <algorithm>

#include <spdlog/spdlog.h>

#include "wire/header_parameters.h"

namespace transcribed::http {
namespace {

std::string_view bearer_token(std::string_view authorization) {
  constexpr std::string_view scheme = "bearer ";
  if (authorization.size() <= scheme.size()) return {};
  if (wire::to_lower(authorization.substr(0, scheme.size())) != scheme) return {};
  return wire::trim_blanks(authorization.substr(scheme.size()));
}

}  // namespace

KeyRing::KeyRing(std::string_view config_key, std::filesystem::path keys_file)
    : file_(std::move(keys_file)) {
  if (!config_key.empty()) config_digest_ = adapters::key_digest(config_key);
  look();
}

KeyRing::Version KeyRing::version() const {
  struct stat about {};
  if (::stat(file_.c_str(), &about) != 0) return {};
  return {.changed_ns = about.st_mtim.tv_sec * 1'000'000'000 + about.st_mtim.tv_nsec,
          .inode = about.st_ino,
          .bytes = about.st_size};
}

void KeyRing::look() {
  if (file_.empty()) return;
  const auto now = std::chrono::steady_clock::now();
  if (now < look_next_) return;
  look_next_ = now + look_every;
  const Version found = version();
  if (found == seen_) return;
  auto keys = adapters::read_api_keys(file_);
  if (!keys) {
    spdlog::error("{}", keys.error());
    // With no key known a damaged file must not open the door.
    unreadable_ = keys_.empty();
  } else {
    keys_ = std::move(*keys);
    unreadable_ = false;
  }
  seen_ = found;
}

bool KeyRing::needs_key() {
  look();
  return config_digest_ || !keys_.empty() || unreadable_;
}

tl::expected<core::Caller, ApiError> KeyRing::caller(std::string_view authorization) {
  if (!needs_key()) return core::Caller{};
  ApiError error;
  error.status = 401;
  if (authorization.empty()) {
    error.code = "api_key_missing";
    error.message = "This server needs an API key: send \"Authorization: Bearer KEY\".";
    error.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"transcribed\"");
    return tl::unexpected(std::move(error));
  }
  // Digests are compared, so the time this takes tells nothing of a key.
  const std::string digest = adapters::key_digest(bearer_token(authorization));
  if (config_digest_ == digest) return core::Caller{std::string(config_key_name), {}};
  const auto found = std::ranges::find(keys_, digest, &adapters::ApiKey::digest);
  if (found != keys_.end()) return found->caller;
  error.code = "api_key_wrong";
  error.message = "The API key is none that this server knows.";
  error.headers.emplace_back("WWW-Authenticate",
                             "Bearer realm=\"transcribed\", error=\"invalid_token\"");
  return tl::unexpected(std::move(error));
}

bool KeyRing::still_lets_in(const std::string& name) {
  if (!needs_key()) return true;
  if (name == config_key_name && config_digest_) return true;
  return std::ranges::any_of(keys_, [&](const auto& key) { return key.caller.name == name; });
}

core::KeyLimits KeyRing::limits_of(const std::string& name) const {
  const auto found =
      std::ranges::find_if(keys_, [&](const auto& key) { return key.caller.name == name; });
  return found == keys_.end() ? core::KeyLimits{} : found->caller.limits;
}

}  // namespace transcribed::http
