// PUT /api/jobs/{id}/transcript and POST /api/jobs/{id}/transcript/restore. Loop thread.
#pragma once

#include "http/exchange.h"
#include "http/submission.h"

namespace transcribed::http {

// The body is a transcript as `format=json` gives it, and takes its place; the answer is what is
// kept now. 409 before the job is completed.
void take_edited_transcript(const SubmissionContext& context, core::JobId id, ExchangePtr exchange);

// Back to what the engine heard; the answer is that.
void restore_transcript(const SubmissionContext& context, core::JobId id, ExchangePtr exchange);

}  // namespace transcribed::http
