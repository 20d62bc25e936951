// Why a request is refused, as several of the JobManager's files say it.
#pragma once

#include <string>
#include <utility>

#include <tl/expected.hpp>

#include "ports/job_store.h"
#include "scheduler/job_service.h"

namespace transcribed::scheduler {

inline tl::unexpected<Refusal> refused(Refusal::Why why, std::string message) {
  return tl::make_unexpected(Refusal{why, std::move(message)});
}

inline tl::unexpected<Refusal> not_written(ports::WriteResult result) {
  if (result == ports::WriteResult::disk_full) {
    return refused(Refusal::Why::disk_full,
                   "the disk of the data folder is full: free some space and try again");
  }
  return refused(Refusal::Why::io_error, "the data folder cannot be written: see the daemon's log");
}

}  // namespace transcribed::scheduler
