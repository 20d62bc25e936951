#include "daemon/config_outgoing.h"

#include <filesystem>
#include <system_error>

#include "core/http_url.h"
#include "core/network_address.h"
#include "daemon/config_rows.h"
#include "wire/webhook_signature.h"

namespace transcribed::daemon {
namespace {

Verdict store_allowed_networks(Config& config, const Value& value, Source) {
  for (const std::string& range : list(value)) {
    if (core::parse_network_range(range)) continue;
    return refused("has the entry " + in_quotes(range) +
                   ", which is no range of addresses; write one such as 192.168.1.0/24, fd00::/8 "
                   "or 10.0.0.7");
  }
  config.outgoing.allowed_networks = list(value);
  return {};
}

Verdict store_proxy(Config& config, const Value& value, Source) {
  if (const auto why = core::why_no_http_url(text(value))) {
    return refused("is " + in_quotes(text(value)) + ", a URL that " + *why);
  }
  config.outgoing.proxy = text(value);
  return {};
}

Verdict store_ca_file(Config& config, const Value& value, Source) {
  const std::filesystem::path path(text(value));
  std::error_code ignored;
  if (!path.is_absolute() || !std::filesystem::is_regular_file(path, ignored)) {
    return refused("is " + in_quotes(text(value)) +
                   ", which is not the absolute path of a file (PEM)");
  }
  config.outgoing.ca_file = path;
  return {};
}

Verdict store_webhook_urls(Config& config, const Value& value, Source) {
  for (const std::string& url : list(value)) {
    // The URL may hold a key, and this goes into logs.
    if (const auto why = core::why_no_http_url(url)) {
      return refused("has an entry for " + in_quotes(core::url_host(url)) + " that " + *why);
    }
  }
  config.outgoing.webhook_urls = list(value);
  return {};
}

Verdict store_webhook_secret(Config& config, const Value& value, Source) {
  if (auto secret = wire::parse_webhook_secret(text(value)); !secret) {
    return refused(secret.error());
  }
  config.outgoing.webhook_secret = text(value);
  return {};
}

std::string hosts_of(const std::vector<std::string>& urls) {
  std::vector<std::string> hosts;
  for (const std::string& url : urls) hosts.emplace_back(core::url_host(url));
  return shown(hosts);
}

std::string or_none(const std::string& text) { return text.empty() ? "none" : text; }

}  // namespace

std::vector<Setting> outgoing_settings() {
  Setting urls = other("outgoing", "webhook_urls", ValueType::list, "URL,...",
                       "Told of the end of every job", store_webhook_urls,
                       [](const Config& config) { return hosts_of(config.outgoing.webhook_urls); });
  Setting secret =
      other("outgoing", "webhook_secret", ValueType::text, "SECRET", "Webhooks are signed with it",
            store_webhook_secret, [](const Config& config) {
              return std::string(config.outgoing.webhook_secret.empty() ? "in data_dir" : "set");
            });
  // A flag would show them to every user of the machine, in the list of processes.
  urls.has_flag = false;
  secret.has_flag = false;
  return {
      urls,
      secret,
      other("outgoing", "allowed_networks", ValueType::list, "RANGE,...",
            "Addresses outside the public internet that clients may have the daemon connect to",
            store_allowed_networks,
            [](const Config& config) { return shown(config.outgoing.allowed_networks); }),
      number<[](Config& c) -> auto& { return c.outgoing.fetches; }>(
          "outgoing", "fetches", "N", 1, 64, "How many recordings are fetched at once"),
      other("outgoing", "proxy", ValueType::text, "URL", "The proxy that is asked for everything",
            store_proxy, [](const Config& config) { return or_none(config.outgoing.proxy); }),
      other("outgoing", "ca_file", ValueType::text, "FILE",
            "Certificates (PEM) to trust in place of the system's", store_ca_file,
            [](const Config& config) { return or_none(config.outgoing.ca_file.string()); }),
  };
}

}  // namespace transcribed::daemon
