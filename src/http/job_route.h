// For routes below /api/jobs/{id}. Loop thread.
#pragma once

#include <functional>

#include "core/job_id.h"
#include "http/exchange.h"

namespace transcribed::http {

// A handler that needs the job's id; what is no id names no job (404).
Handler with_id(std::function<void(core::JobId, ExchangePtr)> handler);

}  // namespace transcribed::http
