// /api/jobs and what lies under it: submit, list, show, cancel, delete, retry, transcript.
#pragma once

#include "http/router.h"
#include "http/submission.h"

namespace transcribed::http {

// `context` must outlive the server and its loop's handlers. Loop thread.
void add_jobs_api(Router& router, const SubmissionContext& context);

}  // namespace transcribed::http
