// What `transcribe top` shows: GPUs with their slots, RAM with its threshold, the jobs. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "client/job_info.h"
#include "client/machine_info.h"
#include "core/time.h"

namespace transcribed::client {

struct TopPicture {
  std::string server;  // for people
  MachineInfo machine;
  std::vector<JobInfo> running;
  std::vector<JobInfo> waiting;  // those that are known; machine.pending_jobs counts all
  std::string trouble;           // a sentence; "" when the server answers
};

struct TopSize {
  int columns = 0;       // 0: as wide as it becomes
  std::size_t rows = 0;  // 0: as long as it becomes
};

// The jobs in the order in which they will presumably start.
void sort_waiting(std::vector<JobInfo>& jobs, const std::string& next_job_id);

// Escaped, none wider than the columns; of many jobs, as many as fit, and how many more there are.
std::vector<std::string> render_top(const TopPicture& picture, core::WallTime now,
                                    const TopSize& size, bool unicode);

}  // namespace transcribed::client
