#include "adapters/webhook_secret.h"

#include <array>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

#include <fmt/format.h>
#include <sodium.h>

#include "adapters/private_file.h"

namespace transcribed::adapters {
namespace {

std::string new_secret() {
  std::array<unsigned char, 32> key{};
  randombytes_buf(key.data(), key.size());
  std::array<char, sodium_base64_ENCODED_LEN(32, sodium_base64_VARIANT_ORIGINAL)> text{};
  sodium_bin2base64(text.data(), text.size(), key.data(), key.size(),
                    sodium_base64_VARIANT_ORIGINAL);
  return std::string("whsec_") + text.data();
}

}  // namespace

tl::expected<wire::WebhookSecret, std::string> kept_webhook_secret(
    const std::filesystem::path& file) {
  errno = 0;
  std::ifstream in(file, std::ios::binary);
  if (!in && errno != ENOENT) {
    return tl::unexpected(fmt::format("cannot read {}: {}", file.string(),
                                      std::generic_category().message(errno)));
  }
  if (!in) {
    const std::string fresh = new_secret();
    if (auto written = write_private_file(file, fresh + "\n"); !written) {
      return tl::unexpected(std::move(written.error()));
    }
    return wire::parse_webhook_secret(fresh);
  }
  std::string text{std::istreambuf_iterator<char>(in), {}};
  while (!text.empty() && text.back() == '\n') text.pop_back();
  auto secret = wire::parse_webhook_secret(text);
  if (!secret) {
    return tl::unexpected(fmt::format("the webhook secret in {} {}", file.string(),
                                      secret.error()));
  }
  return secret;
}

}  // namespace transcribed::adapters
