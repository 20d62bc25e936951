// Who asks, where API keys are in use, and what their key allows.
#pragma once

#include <optional>
#include <string>

#include "core/memory_size.h"

namespace transcribed::core {

// Each: nothing for no limit.
struct KeyLimits {
  std::optional<int> max_running;  // jobs at once; further ones wait
  std::optional<int> max_queued;   // jobs that wait; further ones are refused
  std::optional<Megabytes> max_upload_mb;

  bool operator==(const KeyLimits&) const = default;
};

struct Caller {
  std::string name;  // the API key's; empty: no key was needed
  KeyLimits limits;

  bool operator==(const Caller&) const = default;
};

}  // namespace transcribed::core
