// Waiting for what happens in other processes: by the condition itself, never for a time.
#pragma once

#include <chrono>
#include <thread>

namespace transcribed::tests {

// Long enough for a loaded machine under a sanitizer. Nothing waits this long unless it fails.
inline constexpr std::chrono::seconds patience{120};

// Whether `condition` came true within `limit`. For what tells nobody when it happens.
template <typename Condition>
bool eventually(Condition condition, std::chrono::milliseconds limit = patience) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

}  // namespace transcribed::tests
