// The signature of a webhook, as Standard Webhooks has it: HMAC-SHA256 over "id.timestamp.body",
// with a secret that sender and receiver share. Pure functions, any thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace transcribed::wire {

// The key itself. Wiped from memory with it.
class WebhookSecret {
 public:
  explicit WebhookSecret(std::vector<unsigned char> key) : key_(std::move(key)) {}
  ~WebhookSecret();
  WebhookSecret(const WebhookSecret&) = default;
  WebhookSecret(WebhookSecret&&) = default;
  WebhookSecret& operator=(const WebhookSecret&) = delete;
  WebhookSecret& operator=(WebhookSecret&&) = delete;

  const std::vector<unsigned char>& key() const { return key_; }

 private:
  std::vector<unsigned char> key_;
};

// "whsec_" and base64 of 24 to 64 bytes. The error is a sentence that completes "The webhook secret
// ..." and does not repeat the secret.
tl::expected<WebhookSecret, std::string> parse_webhook_secret(std::string_view text);

// "v1,<base64>". `id` names the event and stays the same when it is sent again; `timestamp`, in
// seconds of Unix time, is the attempt's own. `id` must hold no ".".
std::string webhook_signature(const WebhookSecret& secret, std::string_view id,
                              std::int64_t timestamp, std::string_view body);

// The headers an attempt is sent with: Content-Type and the three of the specification.
std::map<std::string, std::string> webhook_headers(const WebhookSecret& secret, std::string_view id,
                                                   std::int64_t timestamp, std::string_view body);

}  // namespace transcribed::wire
