// /api/resources, /api/models, /healthz, /readyz. Loop thread.
#pragma once

#include <memory>

#include "http/blocking_pool.h"
#include "http/options.h"
#include "http/router.h"
#include "scheduler/job_service.h"

namespace transcribed::http {

// `jobs` must outlive the server and its loop's handlers.
void add_status_api(Router& router, scheduler::JobService& jobs, std::shared_ptr<BlockingPool> pool,
                    StorageOptions storage);

}  // namespace transcribed::http
