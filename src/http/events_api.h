// GET /api/events and /api/jobs/{id}/events: Server-Sent Events. docs/events.md is the reference.
// Loop thread.
#pragma once

#include <memory>

#include "http/event_readers.h"
#include "http/router.h"
#include "scheduler/job_service.h"

namespace transcribed::http {

// `jobs` must outlive the server and its loop's handlers.
void add_events_api(Router& router, scheduler::JobService& jobs,
                    const std::shared_ptr<EventReaders>& readers);

}  // namespace transcribed::http
