// What GET /api/resources and `transcribe resources` show. All MB.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/job_id.h"
#include "core/line_waits.h"
#include "core/reason.h"
#include "core/resources.h"

namespace transcribed::scheduler {

// A warm worker, with jobs or without.
struct ProcessStatus {
  int gpu_id = 0;
  std::string model;
  int jobs = 0;
  core::Megabytes vram_mb = 0;  // what the ledger counts for it; of an idle one, its weights
  std::string device;           // where it says that it runs; empty: not said
};

struct GpuStatus {
  core::Gpu gpu;                     // slots_max as it is now
  int slots_used = 0;                // quarantined ones included
  int slots_quarantined = 0;         // held by a process that cannot be killed
  core::Megabytes vram_used_mb = 0;  // what the running jobs were granted
  std::vector<ProcessStatus> loaded = {};
  // What the driver says is taken, by whomever; nothing: not known.
  std::optional<core::Megabytes> vram_in_use_mb = {};
};

// The head of the queue, which waits.
struct NextJobStatus {
  core::JobId id;
  core::Reason reason;
  // Until it starts although RAM is low; nothing: it waits for something else, or without limit.
  std::optional<std::chrono::seconds> ram_wait_left = {};
};

struct ResourceStatus {
  std::vector<GpuStatus> gpus;
  core::Megabytes system_ram_mb = 0;
  core::Megabytes system_ram_available_mb = 0;  // before promises
  core::Megabytes system_ram_promised_mb = 0;
  core::Megabytes min_system_ram_mb = 0;  // below it, no job starts
  std::int64_t pending_jobs = 0;          // every queued job, the one at the head included
  std::int64_t running_jobs = 0;
  core::LineSeconds line_waits{};  // how long the head of the queue has waited, in all, for what
  std::optional<NextJobStatus> next_job = {};
  // Of audio that engines went through since the daemon's start, lost attempts included.
  double audio_seconds_heard = 0;
};

}  // namespace transcribed::scheduler
