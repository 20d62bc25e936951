// Recordings that are still to be fetched: a few at once, in order of arrival, tried again where
// that can help. What is on disk of it is the job; everything here is found again by a restart.
// Loop thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include <tl/expected.hpp>

#include "core/failure.h"
#include "core/job.h"
#include "core/memory_size.h"
#include "core/reason.h"
#include "ports/clock.h"
#include "scheduler/fetcher_process.h"

namespace transcribed::scheduler {

struct FetchSettings {
  std::string uploads_folder;  // absolute; a recording lies there under its job's id
  std::size_t at_once = 4;
  core::Megabytes max_mb = 4096;
  core::Megabytes min_free_disk_mb = 512;
};

class RecordingFetches {
 public:
  struct Fetched {
    std::string path;
    std::string file_name;  // as the server or the URL names it; may be empty
  };
  using OnEnd = std::function<void(core::JobId, tl::expected<Fetched, core::Failure>)>;

  // All outlive this.
  RecordingFetches(FetcherProcess& fetcher, ports::Clock& clock, FetchSettings settings);

  struct Listener {
    // Once a job, unless it was dropped; never from inside add().
    OnEnd on_end;
    // reason() is another (but for its progress).
    std::function<void(core::JobId)> on_change;
    // A file that may be there, and is nobody's.
    std::function<void(const std::string& path)> on_leftover;
  };
  void listen(Listener listener);

  // `max_mb`: what its owner may upload, where that is less.
  void add(const core::Job& job, std::optional<core::Megabytes> max_mb);
  // Nothing more is heard of it.
  void drop(core::JobId id);
  // Drops all, and takes no more.
  void stop();

  // Why the job is not in line yet; nothing for one that is not here.
  std::optional<core::Reason> reason(core::JobId id) const;

 private:
  struct One {
    std::string url;
    core::Megabytes max_mb = 0;
    int attempts = 0;
    std::string request;  // FetcherProcess' id, while it is on its way
    std::int64_t bytes = 0;
    std::optional<std::int64_t> total;
    std::string problem;  // of the attempt before
    core::SteadyTime again_at{};
    std::unique_ptr<ports::Alarm> again;  // while it waits for its next attempt
  };

  void begin_next();
  void begin(core::JobId id, One& one);
  void ended(core::JobId id, tl::expected<wire::fetcher::Fetched, FetcherProcess::Failed> how);
  void tidy_up(core::JobId id, bool is_wanted,
               const tl::expected<wire::fetcher::Fetched, FetcherProcess::Failed>& how);
  void try_again(core::JobId id, One& one, std::string problem, std::chrono::milliseconds after);
  std::string path_of(core::JobId id) const;

  FetcherProcess& fetcher_;
  ports::Clock& clock_;
  const FetchSettings settings_;
  Listener listener_;
  std::map<core::JobId, One> all_;
  std::set<core::JobId> in_line_;
  std::size_t on_their_way_ = 0;
  bool stopped_ = false;
};

}  // namespace transcribed::scheduler
