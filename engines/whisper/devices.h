// Where ggml computes.
#pragma once

#include <cstdint>
#include <string>

#include <tl/expected.hpp>

#include "core/failure.h"

struct ggml_backend_device;

namespace transcribed::whisper {

struct Device {
  ggml_backend_device* handle = nullptr;  // owned by ggml
  bool is_gpu = false;
  int gpu_device = 0;     // what libwhisper calls it, if it is a GPU
  std::string backend;    // "CPU", "Vulkan", "CUDA"
  std::string ggml_name;  // "CPU", "Vulkan1"
  std::string name;       // for people: "CPU", "NVIDIA GeForce RTX 5070 Ti (Vulkan)"
};

// Loads ggml's backends (once) and takes the GPU that the environment names (device_choice.h), with
// a line on standard error where that is a guess, or the CPU when `wanted` is "cpu" or there is no
// GPU. Failure: no backend at all.
tl::expected<Device, core::Failure> choose_device(const std::string& wanted);

// Allocates `bytes` there and gives them back, because libwhisper ends the process when the weights
// have no room. Failure: out_of_memory, with the figures; `what` is needed.
tl::expected<void, core::Failure> rehearse(const Device& device, std::int64_t bytes,
                                           const std::string& what);

// "... on CPU: 0.5 GB needed, 0.2 GB of 8.0 GB free."
core::Failure out_of_memory(const Device& device, std::int64_t bytes, const std::string& what);

}  // namespace transcribed::whisper
