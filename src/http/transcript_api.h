// GET /api/jobs/{id}/transcript?format=txt|srt|vtt|json[&download=1]. Loop thread.
#pragma once

#include "http/exchange.h"
#include "scheduler/job_service.h"

namespace transcribed::http {

// 409 with a sentence while the job has no transcript.
void send_transcript(scheduler::JobService& jobs, core::JobId id, ExchangePtr exchange);

// Content-Disposition for a file of that name: an ASCII rendering for the old, UTF-8 for the rest.
std::string attachment(std::string_view file_name);

}  // namespace transcribed::http
