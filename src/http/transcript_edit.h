// PUT /api/jobs/{id}/transcript and POST /api/jobs/{id}/transcript/restore. Loop thread.
#pragma once

#include "http/router.h"
#include "http/submission.h"

namespace transcribed::http {

// PUT: the body is a transcript as `format=json` gives it, and takes the place of a completed job's
// (409 of any other), if that still has the ETag in If-Match (else 412; without If-Match in any
// case); the answer has its ETag now. A few at once (else 503).
// Restore: back to what the engine heard; the answer is that.
// `context` outlives the loop's handlers.
void add_transcript_edits(Router& router, const SubmissionContext& context);

}  // namespace transcribed::http
