// The secret that webhooks are signed with, where the configuration has none: made once, and kept
// in the data folder for whoever receives them.
#pragma once

#include <filesystem>
#include <string>

#include <tl/expected.hpp>

#include "wire/webhook_signature.h"

namespace transcribed::adapters {

// Reads `file`, or makes it (0600). The error is a sentence. Blocks.
tl::expected<wire::WebhookSecret, std::string> kept_webhook_secret(
    const std::filesystem::path& file);

}  // namespace transcribed::adapters
