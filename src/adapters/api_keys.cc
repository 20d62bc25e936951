#include "adapters/api_keys.h"

#include <array>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>

#include <fmt/format.h>
#include <sodium.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "adapters/private_file.h"
#include "wire/job_json.h"
#include "wire/json_fields.h"
#include "wire/sha256.h"

namespace transcribed::adapters {
namespace {

namespace json = boost::json;

std::string error_text(int error) { return std::generic_category().message(error); }

std::optional<int> whole(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr || !value->is_int64()) return std::nullopt;
  return static_cast<int>(value->get_int64());
}

json::object to_json(const ApiKey& key) {
  json::object out;
  out["name"] = key.caller.name;
  out["sha256"] = key.digest;
  out["created_at"] = key.created_at.time_since_epoch().count();
  const core::KeyLimits& limits = key.caller.limits;
  if (limits.max_running) out["max_running"] = *limits.max_running;
  if (limits.max_queued) out["max_queued"] = *limits.max_queued;
  if (limits.max_upload_mb) out["max_upload_mb"] = *limits.max_upload_mb;
  return out;
}

std::optional<ApiKey> from_json(const json::value& value) {
  const json::object* object = value.if_object();
  if (object == nullptr) return std::nullopt;
  wire::JsonFields fields(*object);
  ApiKey key;
  key.caller.name = fields.text("name");
  key.digest = fields.text("sha256");
  if (const json::value* at = object->if_contains("created_at"); at != nullptr && at->is_int64()) {
    key.created_at = core::WallTime(core::Milliseconds(at->get_int64()));
  }
  key.caller.limits.max_running = whole(*object, "max_running");
  key.caller.limits.max_queued = whole(*object, "max_queued");
  if (const auto mb = whole(*object, "max_upload_mb")) key.caller.limits.max_upload_mb = *mb;
  const bool sound = !fields.error() && why_bad_key_name(key.caller.name).empty() &&
                     key.digest.size() == 2 * crypto_hash_sha256_BYTES;
  if (!sound) return std::nullopt;
  return key;
}

}  // namespace

std::string new_api_key() {
  std::array<unsigned char, 32> bits{};
  randombytes_buf(bits.data(), bits.size());
  std::array<char, 48> text{};
  sodium_bin2base64(text.data(), text.size(), bits.data(), bits.size(),
                    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  return std::string("tsk_") + text.data();
}

std::string key_digest(std::string_view key) { return wire::sha256_hex(key); }

std::string why_bad_key_name(std::string_view name) {
  if (name.empty()) return "a key needs a name";
  if (name.size() > 64) return "a key's name has at most 64 characters";
  for (const char c : name) {
    const bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '_' || c == '.' || c == '@';
    if (!good) return "a key's name is made of letters, digits and - _ . @";
  }
  return {};
}

tl::expected<std::vector<ApiKey>, std::string> read_api_keys(const std::filesystem::path& file) {
  errno = 0;
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    if (errno == ENOENT) return std::vector<ApiKey>{};
    return tl::unexpected(fmt::format("cannot read {}: {}", file.string(), error_text(errno)));
  }
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const auto damaged = [&] {
    return tl::unexpected(fmt::format(
        "{} is no list of API keys: restore it, or remove it and make the keys anew with "
        "transcribed keys add NAME",
        file.string()));
  };
  boost::system::error_code error;
  const json::value value = json::parse(text, error);
  const json::object* object = error ? nullptr : value.if_object();
  const json::value* list = object == nullptr ? nullptr : object->if_contains("keys");
  if (list == nullptr || !list->is_array()) return damaged();
  std::vector<ApiKey> keys;
  for (const json::value& one : list->get_array()) {
    auto key = from_json(one);
    if (!key) return damaged();
    keys.push_back(std::move(*key));
  }
  return keys;
}

tl::expected<void, std::string> write_api_keys(const std::filesystem::path& file,
                                               const std::vector<ApiKey>& keys) {
  json::array list;
  for (const ApiKey& key : keys) list.push_back(to_json(key));
  json::object object;
  object["keys"] = std::move(list);
  return write_private_file(file, json::serialize(object) + "\n");
}

}  // namespace transcribed::adapters
