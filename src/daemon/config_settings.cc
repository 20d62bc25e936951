#include "daemon/config_settings.h"

#include <algorithm>
#include <cctype>
#include <system_error>
#include <utility>

#include "core/suggestion.h"
#include "daemon/config_outgoing.h"
#include "daemon/config_rows.h"
#include "daemon/listen_address.h"

namespace transcribed::daemon {
namespace {

namespace fs = std::filesystem;
using core::comma_list;
using core::did_you_mean;
using core::ResourcePolicy;

// 100 TB; sums of a few of them stay far from overflow.
constexpr std::int64_t most_mb = 100'000'000;
constexpr std::int64_t a_day_s = 86'400;
constexpr std::int64_t a_week_s = 7 * a_day_s;

// An absolute path, or why there is none. A flag or variable is relative to where its user stands;
// a config file's reader stands nowhere in particular.
tl::expected<fs::path, std::string> absolute_path(const std::string& path, Source source) {
  if (path.empty())
    return tl::unexpected(std::string("is empty; name a folder by its absolute path"));
  if (path.front() == '~') {
    return tl::unexpected("is " + in_quotes(path) +
                          ", but ~ is not expanded here; write the absolute path");
  }
  const fs::path given(path);
  if (given.is_absolute()) return given.lexically_normal();
  if (source == Source::file) {
    return tl::unexpected("is " + in_quotes(path) +
                          ", a relative path; write the absolute path, which begins with /");
  }
  std::error_code error;
  const fs::path full = fs::absolute(given, error);
  if (error) return tl::unexpected("is " + in_quotes(path) + ", which has no absolute path here");
  return full.lexically_normal();
}

Verdict store_listen(Config& config, const Value& value, Source) {
  auto address = parse_listen(text(value));
  if (!address) return refused(address.error());
  config.listen = *address;
  return {};
}

Verdict store_api_key(Config& config, const Value& value, Source) {
  const std::string& key = text(value);
  const bool printable = std::ranges::all_of(key, [](char c) { return c > 0x20 && c < 0x7f; });
  // The key itself stays out of the sentence: this goes into logs.
  if (!printable) {
    return refused(
        "has a blank or a character that is not printable ASCII, which no HTTP header "
        "can carry; use letters and digits");
  }
  if (key.empty()) return refused("is empty; set a long random text, or remove it");
  config.api_key = key;
  if (key.size() < 16) return {std::nullopt, "is short; use 16 characters or more"};
  return {};
}

Verdict store_data_dir(Config& config, const Value& value, Source source) {
  auto path = absolute_path(text(value), source);
  if (!path) return refused(path.error());
  std::error_code ignored;
  if (fs::exists(*path, ignored) && !fs::is_directory(*path, ignored)) {
    return refused("is " + in_quotes(path->string()) + ", which is not a folder; name a folder");
  }
  config.data_dir = *path;
  return {};
}

Verdict store_models_dir(Config& config, const Value& value, Source source) {
  auto path = absolute_path(text(value), source);
  if (!path) return refused(path.error());
  std::error_code ignored;
  if (fs::exists(*path, ignored) && !fs::is_directory(*path, ignored)) {
    return refused("is " + in_quotes(path->string()) + ", which is not a folder; name a folder");
  }
  config.models_dir = *path;
  return {};
}

Verdict store_libexec_dir(Config& config, const Value& value, Source source) {
  auto path = absolute_path(text(value), source);
  if (!path) return refused(path.error());
  config.libexec_dir = *path;
  return {};
}

Verdict store_allowed_paths(Config& config, const Value& value, Source) {
  std::vector<fs::path> paths;
  Verdict verdict;
  for (const std::string& entry : list(value)) {
    // Relative to anything, this would open up a folder that nobody meant.
    auto path = absolute_path(entry, Source::file);
    if (!path) {
      const std::string why = "has an entry that " + path.error();
      verdict.error = verdict.error ? *verdict.error + "; it " + why : why;
      continue;
    }
    std::error_code ignored;
    if (!fs::is_directory(*path, ignored)) {
      const std::string why = "names " + in_quotes(path->string()) + ", which is not a folder now";
      verdict.warning = verdict.warning ? *verdict.warning + "; it " + why : why;
    } else if (*path == path->root_path()) {
      verdict.warning =
          "names \"/\": clients may have every file transcribed that the daemon can "
          "read";
    }
    paths.push_back(*path);
  }
  if (!verdict.error) config.allowed_paths = std::move(paths);
  return verdict;
}

Verdict store_allowed_hosts(Config& config, const Value& value, Source) {
  for (const std::string& host : list(value)) {
    if (host.empty() || host.find_first_of("/ \t@") != std::string::npos) {
      return refused("has the entry " + in_quotes(host) +
                     ", which is not a host name; write it as in box.example or box.example:8585");
    }
  }
  config.http.allowed_hosts = list(value);
  return {};
}

Verdict store_allowed_origins(Config& config, const Value& value, Source) {
  for (const std::string& origin : list(value)) {
    const auto after = origin.starts_with("http://")    ? std::string_view(origin).substr(7)
                       : origin.starts_with("https://") ? std::string_view(origin).substr(8)
                                                        : std::string_view();
    if (after.empty() || after.find_first_of("/ \t@?#") != std::string_view::npos) {
      return refused("has the entry " + in_quotes(origin) +
                     ", which is not an origin; write scheme and host without a path, as in "
                     "https://box.example");
    }
  }
  config.http.allowed_origins = list(value);
  return {};
}

Verdict store_log_level(Config& config, const Value& value, Source) {
  const std::vector<std::pair<std::string, LogLevel>> levels = {{"debug", LogLevel::debug},
                                                                {"info", LogLevel::info},
                                                                {"warn", LogLevel::warn},
                                                                {"error", LogLevel::error}};
  for (const auto& [word, level] : levels) {
    if (word != text(value)) continue;
    config.log_level = level;
    return {};
  }
  return refused("is " + in_quotes(text(value)) + "; use debug, info, warn or error" +
                 did_you_mean(text(value), {"debug", "info", "warn", "error"}));
}

std::string show_log_level(const Config& config) {
  switch (config.log_level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warn:
      return "warn";
    case LogLevel::error:
      return "error";
  }
  return "info";
}

Verdict store_on_ram_timeout(Config& config, const Value& value, Source) {
  if (text(value) == "proceed") {
    config.resources.on_ram_timeout = ResourcePolicy::OnRamTimeout::proceed;
  } else if (text(value) == "wait") {
    config.resources.on_ram_timeout = ResourcePolicy::OnRamTimeout::wait;
  } else {
    return refused("is " + in_quotes(text(value)) +
                   "; use \"proceed\" (start anyway, with a warning) or \"wait\" (go on waiting)" +
                   did_you_mean(text(value), {"proceed", "wait"}));
  }
  return {};
}

Verdict store_vram_accounting(Config& config, const Value& value, Source) {
  if (text(value) == "per_job") {
    config.resources.vram_accounting = core::VramAccounting::per_job;
  } else if (text(value) == "ledger") {
    config.resources.vram_accounting = core::VramAccounting::ledger;
  } else {
    return refused("is " + in_quotes(text(value)) +
                   "; use \"per_job\" (every job costs vram_per_job_mb) or \"ledger\" (jobs cost "
                   "what their models take, weights that are shared once)" +
                   did_you_mean(text(value), {"per_job", "ledger"}));
  }
  return {};
}

Verdict store_default_model(Config& config, const Value& value, Source) {
  if (text(value).empty()) return refused("is empty; name a model, or remove it");
  config.default_model = text(value);
  return {};
}

std::vector<std::string> as_strings(const std::vector<fs::path>& paths) {
  std::vector<std::string> strings;
  for (const fs::path& path : paths) strings.push_back(path.string());
  return strings;
}

std::vector<Setting> server_settings() {
  Setting api_key = other(
      "server", "api_key", ValueType::text, "KEY", "The key clients must show", store_api_key,
      [](const Config& config) { return std::string(config.api_key.empty() ? "not set" : "set"); });
  // A flag would show it to every user of the machine, in the list of processes.
  api_key.has_flag = false;
  return {
      other("server", "listen", ValueType::text, "HOST:PORT", "The address to listen on",
            store_listen, [](const Config& config) { return to_string(config.listen); }),
      api_key,
      number<[](Config& c) -> auto& { return c.http.max_upload_mb; }>(
          "server", "max_upload_mb", "MB", 1, most_mb, "The largest recording taken"),
      number<[](Config& c) -> auto& { return c.http.max_connections; }>(
          "server", "max_connections", "N", 1, 100'000, "Connections at once"),
      number<[](Config& c) -> auto& { return c.http.max_event_readers; }>(
          "server", "max_event_readers", "N", 1, 100'000,
          "How many may follow the events at once, beside those connections"),
      number<[](Config& c) -> auto& {
        return c.http.abandoned_after;
      }>("server", "abandoned_after_s", "S", 0, a_week_s,
         "How long a job of /v1 or /asr goes on when nobody waits for it any more (0: to its end)"),
      other("server", "allowed_hosts", ValueType::list, "HOST,...",
            "Names by which clients may address the daemon, beside its address and localhost",
            store_allowed_hosts,
            [](const Config& config) { return shown(config.http.allowed_hosts); }),
      other("server", "allowed_origins", ValueType::list, "ORIGIN,...",
            "Other web sites whose pages may use the API", store_allowed_origins,
            [](const Config& config) { return shown(config.http.allowed_origins); }),
      number<[](Config& c) -> auto& { return c.drain_timeout; }>(
          "server", "drain_timeout_s", "S", 0, a_day_s,
          "How long a stop waits for running jobs before it puts them back into the queue"),
      other("server", "log_level", ValueType::text, "LEVEL", "debug, info, warn or error",
            store_log_level, show_log_level),
      other(
          "server", "log_timestamps", ValueType::boolean, "",
          "Begin each line of the log with the time",
          [](Config& config, const Value& value, Source) -> Verdict {
            config.log_timestamps = std::get<bool>(value);
            return {};
          },
          [](const Config& config) {
            return std::string(config.log_timestamps ? "true" : "false");
          }),
      other("server", "libexec_dir", ValueType::text, "DIR",
            "Where the keeper and the engines of this build are", store_libexec_dir,
            [](const Config& config) { return config.libexec_dir.string(); }),
  };
}

std::vector<Setting> storage_settings() {
  Setting allowed_paths =
      other("storage", "allowed_paths", ValueType::list, "DIR:...",
            "Folders whose recordings clients may name by path", store_allowed_paths,
            [](const Config& config) { return shown(as_strings(config.allowed_paths)); });
  allowed_paths.separator = ':';
  return {
      other("storage", "data_dir", ValueType::text, "DIR", "Where jobs and uploads are kept",
            store_data_dir, [](const Config& config) { return config.data_dir.string(); }),
      other("storage", "models_dir", ValueType::text, "DIR", "Where Whisper models are kept",
            store_models_dir, [](const Config& config) { return config.models_dir.string(); }),
      allowed_paths,
      number<[](Config& c) -> auto& { return c.http.min_free_disk_mb; }>(
          "storage", "min_free_disk_mb", "MB", 0, most_mb,
          "Refuse submissions while the disk has less free"),
  };
}

std::vector<Setting> resource_settings() {
  return {
      number<[](Config& c) -> auto& { return c.resources.vram_per_job_mb; }>(
          "resources", "vram_per_job_mb", "MB", 1, most_mb, "VRAM that one job takes"),
      number<[](Config& c) -> auto& { return c.resources.vram_headroom_mb; }>(
          "resources", "vram_headroom_mb", "MB", 0, most_mb, "VRAM of each GPU that no job gets"),
      other("resources", "vram_accounting", ValueType::text, "per_job|ledger",
            "Give each job vram_per_job_mb, or what its model takes with shared weights once",
            store_vram_accounting,
            [](const Config& config) {
              return std::string(config.resources.vram_accounting == core::VramAccounting::ledger
                                     ? "ledger"
                                     : "per_job");
            }),
      number<[](Config& c) -> auto& { return c.resources.min_system_ram_mb; }>(
          "resources", "min_system_ram_mb", "MB", 0, most_mb,
          "A job starts only while this much RAM is available"),
      number<[](Config& c) -> auto& { return c.resources.ram_per_job_mb; }>(
          "resources", "ram_per_job_mb", "MB", 0, most_mb,
          "RAM promised to each job at its start; 0 turns the RAM rule off"),
      number<[](Config& c) -> auto& { return c.resources.ram_wait_timeout; }>(
          "resources", "ram_wait_timeout_s", "S", 0, a_week_s,
          "How long the first job in line waits for RAM"),
      other("resources", "on_ram_timeout", ValueType::text, "proceed|wait",
            "What happens then: start anyway, or go on waiting", store_on_ram_timeout,
            [](const Config& config) {
              return std::string(config.resources.on_ram_timeout ==
                                         ResourcePolicy::OnRamTimeout::proceed
                                     ? "proceed"
                                     : "wait");
            }),
  };
}

std::vector<Setting> all_settings() {
  std::vector<Setting> all = {
      other("", "default_model", ValueType::text, "NAME", "The model of a job that names none",
            store_default_model,
            [](const Config& config) { return config.default_model.value_or("none"); })};
  for (auto& rows : {server_settings(), storage_settings(), outgoing_settings(), resource_settings()}) {
    all.insert(all.end(), rows.begin(), rows.end());
  }
  return all;
}

std::string spelled(std::string_view key, char separator, int (*change)(int)) {
  std::string name(key);
  std::ranges::transform(name, name.begin(), [&](char c) {
    return c == '_' ? separator : static_cast<char>(change(static_cast<unsigned char>(c)));
  });
  return name;
}

}  // namespace

std::string Setting::name() const {
  return section.empty() ? std::string(key) : std::string(section) + "." + std::string(key);
}
std::string Setting::flag() const {
  return "--" + spelled(key, '-', [](int c) { return c; });
}
std::string Setting::variable() const {
  return "TRANSCRIBED_" + spelled(key, '_', [](int c) { return std::toupper(c); });
}

std::span<const Setting> settings() {
  static const std::vector<Setting> table = all_settings();
  return table;
}

}  // namespace transcribed::daemon
