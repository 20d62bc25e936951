#include "wire/webhook_signature.h"

#include <array>
#include <utility>

#include <sodium.h>

#include <fmt/format.h>

namespace transcribed::wire {
namespace {

constexpr std::string_view prefix = "whsec_";
constexpr std::size_t least_bytes = 24;
constexpr std::size_t most_bytes = 64;

constexpr std::string_view way_out =
    "make one with: echo whsec_$(head -c 32 /dev/urandom | base64 -w0)";

tl::unexpected<std::string> wrong(std::string_view what) {
  return tl::unexpected(fmt::format("{}; {}", what, way_out));
}

void add(crypto_auth_hmacsha256_state& state, std::string_view text) {
  crypto_auth_hmacsha256_update(&state, reinterpret_cast<const unsigned char*>(text.data()),
                                text.size());
}

}  // namespace

WebhookSecret::~WebhookSecret() {
  if (!key_.empty()) sodium_memzero(key_.data(), key_.size());
}

tl::expected<WebhookSecret, std::string> parse_webhook_secret(std::string_view text) {
  if (!text.starts_with(prefix)) return wrong("does not begin with \"whsec_\"");
  text.remove_prefix(prefix.size());
  // Base64 takes four characters for three bytes: enough room for all of them, and never none.
  std::vector<unsigned char> key(text.size() + 1);
  std::size_t size = 0;
  const char* end = nullptr;
  if (sodium_base642bin(key.data(), key.size(), text.data(), text.size(), nullptr, &size, &end,
                        sodium_base64_VARIANT_ORIGINAL) != 0 ||
      end != text.data() + text.size()) {
    return wrong("is not base64 after \"whsec_\"");
  }
  key.resize(size);
  WebhookSecret secret(std::move(key));
  if (size < least_bytes || size > most_bytes) {
    return wrong(fmt::format("has {} bytes; it must have {} to {}", size, least_bytes, most_bytes));
  }
  return secret;
}

std::string webhook_signature(const WebhookSecret& secret, std::string_view id,
                              std::int64_t timestamp, std::string_view body) {
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, secret.key().data(), secret.key().size());
  add(state, fmt::format("{}.{}.", id, timestamp));
  add(state, body);
  std::array<unsigned char, crypto_auth_hmacsha256_BYTES> mac{};
  crypto_auth_hmacsha256_final(&state, mac.data());
  std::array<char, sodium_base64_ENCODED_LEN(crypto_auth_hmacsha256_BYTES,
                                             sodium_base64_VARIANT_ORIGINAL)>
      text{};
  sodium_bin2base64(text.data(), text.size(), mac.data(), mac.size(),
                    sodium_base64_VARIANT_ORIGINAL);
  return std::string("v1,") + text.data();
}

std::map<std::string, std::string> webhook_headers(const WebhookSecret& secret, std::string_view id,
                                                   std::int64_t timestamp, std::string_view body) {
  return {{"Content-Type", "application/json"},
          {"webhook-id", std::string(id)},
          {"webhook-timestamp", std::to_string(timestamp)},
          {"webhook-signature", webhook_signature(secret, id, timestamp, body)}};
}

}  // namespace transcribed::wire
