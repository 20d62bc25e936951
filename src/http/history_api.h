// GET /api/history: the last hour of slots, RAM and throughput. Loop thread.
#pragma once

#include <functional>
#include <vector>

#include "http/router.h"
#include "scheduler/usage_history.h"

namespace transcribed::http {

// {"interval_seconds":10,"samples":[{"at","slots_used","slots_max","ram_available_mb",
//  "ram_promised_mb","pending_jobs","audio_seconds"}]}, oldest first; `audio_seconds` of audio were
// gone through since the sample before. What `samples` uses must outlive the server and its loop's
// handlers.
void add_history_api(Router& router, std::function<std::vector<scheduler::UsageSample>()> samples);

}  // namespace transcribed::http
