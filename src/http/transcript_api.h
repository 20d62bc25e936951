// GET /api/jobs/{id}/transcript; what may be asked for: transcript_format.h. Loop thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "http/exchange.h"
#include "http/submission.h"
#include "scheduler/job_service.h"

namespace transcribed::http {

// 409 with a sentence while the job has no transcript. `context` outlives the loop's handlers.
void send_transcript(const SubmissionContext& context, core::JobId id, ExchangePtr exchange);

// What a transcript's revision is called in ETag and If-Match.
std::string etag_of(std::int64_t revision);

// Content-Disposition for a file of that name: an ASCII rendering for the old, UTF-8 for the rest.
std::string attachment(std::string_view file_name);

}  // namespace transcribed::http
