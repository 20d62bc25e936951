// The free space where uploads are kept, and whether it is enough to take some.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "http/options.h"
#include "scheduler/job_service.h"

namespace transcribed::http {

// Bytes free for the daemon; nothing where that cannot be told. Blocks: asks the file system.
std::optional<std::uint64_t> free_bytes(const std::string& folder);

// `readiness`, or that uploads are refused for want of space.
scheduler::Readiness with_disk_room(scheduler::Readiness readiness,
                                    std::optional<std::uint64_t> free_bytes,
                                    core::Megabytes min_free_disk_mb);

}  // namespace transcribed::http
