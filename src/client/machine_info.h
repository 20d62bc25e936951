// The machine as GET /api/resources tells it. Read leniently: a field that is missing or of another
// type is as if absent, so that an older client follows a newer server. MB is 1,048,576 bytes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "core/memory_size.h"

namespace transcribed::client {

// A process that holds a model on a GPU.
struct LoadedInfo {
  std::string model;
  long long jobs = 0;
};

struct GpuInfo {
  long long id = 0;
  std::string name;
  core::Megabytes total_mb = 0;  // 0: not known
  long long slots_used = 0;
  long long slots_max = 0;
  long long slots_quarantined = 0;
  std::optional<core::Megabytes> vram_used_mb;  // what its jobs were granted
  bool enabled = true;
  std::vector<LoadedInfo> loaded;
};

struct MachineInfo {
  std::vector<GpuInfo> gpus;
  std::optional<core::Megabytes> ram_mb;
  std::optional<core::Megabytes> ram_available_mb;  // before promises
  std::optional<core::Megabytes> ram_promised_mb;
  std::optional<core::Megabytes> ram_min_mb;  // jobs start while so much is available
  long long pending_jobs = 0;
  std::string next_job_id;  // "" where none waits, or the server does not say
  std::string next_job_reason;
};

// Nothing when it has no "gpus".
std::optional<MachineInfo> read_machine(const boost::json::object& object);

}  // namespace transcribed::client
