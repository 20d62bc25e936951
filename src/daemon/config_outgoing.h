// The settings of what leaves the machine: rows of the table in config_settings.h.
#pragma once

#include <vector>

#include "daemon/config_settings.h"

namespace transcribed::daemon {

std::vector<Setting> outgoing_settings();

}  // namespace transcribed::daemon
