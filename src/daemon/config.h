// Everything the daemon is told before it starts: flags over TRANSCRIBED_* over the config file
// over defaults. docs/configuration.md is the reference for users.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "core/memory_size.h"
#include "core/model.h"
#include "core/resources.h"

namespace transcribed::daemon {

struct ListenAddress {
  std::string host = "127.0.0.1";  // an IPv4 or IPv6 address, without brackets
  std::uint16_t port = 8585;       // 0: any free one
};

struct HttpLimits {
  core::Megabytes max_upload_mb = 4096;
  core::Megabytes min_free_disk_mb = 512;  // below it, submissions are refused with 507
  int max_connections = 512;
  int max_event_readers = 10'000;             // beside those
  std::chrono::seconds abandoned_after{120};  // 0: never
  // Taken beside the address listened on and loopback's names.
  std::vector<std::string> allowed_hosts;
  std::vector<std::string> allowed_origins;
};

// What leaves the machine: docs/outgoing.md.
struct OutgoingSettings {
  std::vector<std::string> webhook_urls;      // told of the end of every job
  std::string webhook_secret;                 // "whsec_..."; empty: the one of the data folder
  std::vector<std::string> allowed_networks;  // ranges outside the public internet
  int fetches = 4;                            // at once
  std::string proxy;                          // empty: none
  std::filesystem::path ca_file;              // empty: the system's certificates
};

enum class LogLevel { debug, info, warn, error };

struct Config {
  ListenAddress listen;
  std::string api_key;  // empty: none is asked for
  HttpLimits http;
  OutgoingSettings outgoing;
  std::chrono::seconds drain_timeout{30};
  LogLevel log_level = LogLevel::info;
  bool log_timestamps = false;

  std::filesystem::path data_dir;                    // absolute; need not exist yet
  std::vector<std::filesystem::path> allowed_paths;  // absolute
  std::filesystem::path models_dir;                  // absolute; need not exist
  // Where the keeper and the engines of this build are.
  std::filesystem::path libexec_dir;
  std::filesystem::path keeper() const { return libexec_dir / "transcribed-keeper"; }
  std::filesystem::path fetcher() const { return libexec_dir / "transcribed-fetcher"; }

  core::ResourcePolicy resources;
  core::GpuSettingsById gpus;
  core::ModelCatalogue models;               // complete: commands filled in, never empty
  std::optional<std::string> default_model;  // one of `models`

  std::vector<std::string> warnings;  // for the log, each a whole sentence
};

using Environment = std::map<std::string, std::string, std::less<>>;

// What a process brings along besides its arguments; tests make up their own.
struct Surroundings {
  Environment environment;
  bool root = false;
  std::filesystem::path executable;  // libexec_dir is found from here
  std::filesystem::path system_config_file = "/etc/transcribed/transcribed.toml";

  static Surroundings of_this_process();
};

// The process should print `text` and end with `status`: help, the version, the outcome of --check,
// or every problem there is.
struct EarlyExit {
  std::string text;  // whole lines
  int status = 0;
  bool is_error = false;  // to standard error
};

// Reads files, changes nothing. Nothing throws.
tl::expected<Config, EarlyExit> load_config(int argc, const char* const* argv,
                                            const Surroundings& surroundings);

// Only where the data folder is, for commands that work on it: nothing else of the configuration
// need make sense.
tl::expected<std::filesystem::path, EarlyExit> find_data_dir(int argc, const char* const* argv,
                                                             const Surroundings& surroundings);

// Every key of the config file as docs/configuration.md names it ("resources.vram_per_job_mb",
// "gpus.N.slots", "models.NAME.engine").
std::vector<std::string> config_keys();

}  // namespace transcribed::daemon
