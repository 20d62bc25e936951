// What can be set about the HTTP floor, with its defaults. MB is 1,048,576 bytes.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/memory_size.h"

namespace transcribed::http {

class JobCounts;
class KeyRing;

// From where the server may be talked to.
struct GuardOptions {
  std::string listen_host = "127.0.0.1";
  std::vector<std::string> allowed_hosts;    // server.allowed_hosts: names without a port
  std::vector<std::string> allowed_origins;  // server.allowed_origins: "https://example.org"
};

struct ConnectionLimits {
  std::size_t connections = 512;
  std::size_t header_bytes = 16 * 1024;
  std::chrono::milliseconds header_time{
      10'000};  // from the first byte of a request to its headers' end
  std::chrono::milliseconds idle_time{75'000};  // between two requests
  // Of a body, at least so much in so long: no limit on the whole, so that a large upload over a
  // slow link works.
  std::chrono::milliseconds body_progress_time{30'000};
  std::size_t body_progress_bytes = 16 * 1024;
  std::chrono::milliseconds write_time{30'000};  // without the client taking a byte of the answer
  // How long a connection that is being closed may go on sending, so that it reads the answer.
  std::chrono::milliseconds linger_time{10'000};
};

// Those who follow the events.
struct EventOptions {
  std::size_t max_readers = 10'000;             // at once; they are not in ConnectionLimits
  std::chrono::milliseconds heartbeat{15'000};  // a reader hears something at least so often
  // Between two times that a reader is given what has gathered; more when there are many.
  std::chrono::milliseconds least_interval{20};
  std::size_t bytes_at_once = 256 * 1024;  // to one reader, about; less with many
  // Asked at each heartbeat, with the name of the key that a reader came with; empty: all may.
  std::function<bool(const std::string& owner)> may_follow;
};

struct StorageOptions {
  std::string uploads_folder;              // absolute: DATA/uploads
  std::vector<std::string> allowed_paths;  // storage.allowed_paths: absolute folders
  core::Megabytes max_upload_mb = 4096;
  core::Megabytes min_free_disk_mb = 1024;
};

struct ServerOptions {
  std::uint16_t listen_port = 8585;  // 0: any free one; the host is in `guard`
  GuardOptions guard;
  std::shared_ptr<KeyRing> keys;  // null: no key is asked for
  ConnectionLimits limits;
  StorageOptions storage;
  EventOptions events;
  // How long a job that clients waited for goes on once none does; nothing: to its end.
  std::optional<std::chrono::milliseconds> abandoned_after = std::chrono::seconds(120);
  std::string version;                    // of the program, for /metrics
  std::shared_ptr<JobCounts> job_counts;  // told by the scheduler; null: nobody counts
};

}  // namespace transcribed::http
