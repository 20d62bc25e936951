// Which of ggml's devices is the GPU that was given.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

namespace transcribed::whisper {

// One of ggml's devices, in the order of its registry.
struct FoundDevice {
  enum class Kind { gpu, integrated_gpu, other } kind = Kind::other;
  std::string backend;    // "CUDA", "ROCm", "Vulkan"
  std::string name;       // for people
  std::string device_id;  // the PCI address, in whatever spelling; empty: unknown
};

// What the environment says about the GPU; nothing of it has to be known.
struct GivenGpu {
  std::string pci_address;    // TRANSCRIBED_GPU_PCI_ADDRESS
  std::optional<int> number;  // nvidia-smi's, from CUDA_VISIBLE_DEVICES
};

// CUDA_VISIBLE_DEVICES as a number. Nothing when it is a list, a UUID or not set.
std::optional<int> gpu_number(const char* cuda_visible_devices);

struct DeviceChoice {
  std::size_t device = 0;  // its place in the list
  int gpu_device = 0;      // its place among the GPUs of both kinds, as libwhisper counts them
  std::string doubt;       // a sentence for the log when this may be the wrong GPU
};

// The device at the address, CUDA and HIP before Vulkan (ggml's order). Where no device tells such
// an address: what CUDA and HIP show, for they heed CUDA_VISIBLE_DEVICES, else of the first
// backend's devices the one of that number, else its first. Counting, dedicated GPUs come before
// integrated ones, which nvidia-smi does not know. Nothing: no GPU at all.
std::optional<DeviceChoice> choose_gpu(std::span<const FoundDevice> devices, const GivenGpu& given);

}  // namespace transcribed::whisper
