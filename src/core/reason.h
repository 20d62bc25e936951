// Why a job is not running, with the numbers that explain it.
#pragma once

#include <string>

namespace transcribed::core {

struct Reason {
  // slots_busy | ram_low | vram_busy | vram_taken | yielding | no_gpu_fits | model_missing | behind
  // | starting | storage | draining | fetching
  std::string code;
  std::string message;

  bool operator==(const Reason&) const = default;
};

}  // namespace transcribed::core
