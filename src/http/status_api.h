// /api/resources, /api/models, /healthz, /readyz. Loop thread.
#pragma once

#include "http/router.h"
#include "scheduler/job_service.h"

namespace transcribed::http {

// `jobs` must outlive the server and its loop's handlers.
void add_status_api(Router& router, scheduler::JobService& jobs);

}  // namespace transcribed::http
