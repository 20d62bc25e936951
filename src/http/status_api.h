// /api/resources, /api/models, /healthz, /readyz. Loop thread.
#pragma once

#include <string>

#include "http/router.h"
#include "scheduler/job_service.h"

namespace transcribed::http {

// `jobs` must outlive the server and its loop's handlers.
void add_status_api(Router& router, scheduler::JobService& jobs);

// Written by hand: this is asked for thousands of times a second while jobs run.
std::string resources_json(const scheduler::ResourceStatus& status);

}  // namespace transcribed::http
