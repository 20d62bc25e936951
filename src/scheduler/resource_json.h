// What GET /api/resources answers and the event `resources` tells.
#pragma once

#include <string>

#include "scheduler/resource_status.h"

namespace transcribed::scheduler {

// One line, without its end. Written by hand: this is asked for thousands of times a second while
// jobs run.
std::string resources_json(const ResourceStatus& status);

}  // namespace transcribed::scheduler
