#include "whisper/devices.h"

#include <dlfcn.h>
#include <ggml-backend.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "whisper/backend_troubles.h"
#include "whisper/device_choice.h"
#include "whisper/gpu_memory.h"

namespace transcribed::whisper {
namespace {

#ifdef TRANSCRIBED_GGML_BACKENDS
// ggml looks where its distribution puts its backends. Ours lies in a folder of its own, which is
// another one in the build than where it is installed: what does not change is where they are
// seen from the library.
std::filesystem::path backends_beside_ggml() {
  Dl_info library{};
  void* symbol = ::dlsym(RTLD_DEFAULT, "ggml_backend_load_all_from_path");
  if (symbol == nullptr || ::dladdr(symbol, &library) == 0) return {};
  return std::filesystem::path(library.dli_fname).parent_path() / TRANSCRIBED_GGML_BACKENDS;
}
#endif

void load_backends() {
  [[maybe_unused]] static const bool once = [] {
#ifdef TRANSCRIBED_GGML_BACKENDS
    ggml_backend_load_all_from_path(backends_beside_ggml().c_str());
#else
    ggml_backend_load_all();
#endif
    return true;
  }();
}

FoundDevice::Kind kind_of(ggml_backend_dev_t device) {
  switch (ggml_backend_dev_type(device)) {
    case GGML_BACKEND_DEVICE_TYPE_GPU:
      return FoundDevice::Kind::gpu;
    case GGML_BACKEND_DEVICE_TYPE_IGPU:
      return FoundDevice::Kind::integrated_gpu;
    default:
      return FoundDevice::Kind::other;
  }
}

// All devices, in ggml's order.
std::vector<FoundDevice> found_devices() {
  std::vector<FoundDevice> out;
  for (std::size_t i = 0; i < ggml_backend_dev_count(); ++i) {
    ggml_backend_dev_t device = ggml_backend_dev_get(i);
    ggml_backend_dev_props properties{};
    ggml_backend_dev_get_props(device, &properties);
    out.push_back({.kind = kind_of(device),
                   .backend = ggml_backend_reg_name(ggml_backend_dev_backend_reg(device)),
                   .name = ggml_backend_dev_description(device),
                   .device_id = properties.device_id == nullptr ? "" : properties.device_id});
  }
  return out;
}

GivenGpu given_gpu() {
  const char* address = std::getenv("TRANSCRIBED_GPU_PCI_ADDRESS");
  return {.pci_address = address == nullptr ? "" : address,
          .number = gpu_number(std::getenv("CUDA_VISIBLE_DEVICES"))};
}

struct FreeBuffer {
  void operator()(ggml_backend_buffer_t buffer) const { ggml_backend_buffer_free(buffer); }
};
using Buffer = std::unique_ptr<ggml_backend_buffer, FreeBuffer>;

// ggml takes all of the machine's RAM for free.
std::int64_t meminfo_bytes(std::string_view name) {
  std::ifstream file("/proc/meminfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(name)) return std::strtoll(line.c_str() + name.size(), nullptr, 10) * 1024;
  }
  return 0;
}

}  // namespace

tl::expected<Device, core::Failure> choose_device(const std::string& wanted) {
  load_backends();
  if (wanted != "cpu") {
    const std::vector<FoundDevice> found = found_devices();
    if (const std::optional<DeviceChoice> choice = choose_gpu(found, given_gpu())) {
      if (!choice->doubt.empty()) fmt::print(stderr, "WARN: {}\n", choice->doubt);
      const FoundDevice& taken = found[choice->device];
      ggml_backend_dev_t handle = ggml_backend_dev_get(choice->device);
      return Device{.handle = handle,
                    .is_gpu = true,
                    .gpu_device = choice->gpu_device,
                    .backend = taken.backend,
                    .ggml_name = ggml_backend_dev_name(handle),
                    .name = fmt::format("{} ({})", taken.name, taken.backend)};
    }
    fmt::print(stderr,
               "WARN: ggml finds no GPU that it has a backend for; Whisper runs on the CPU\n");
#ifdef TRANSCRIBED_GGML_BACKENDS
    for (const std::string& trouble : backend_troubles(backends_beside_ggml())) {
      fmt::print(stderr, "WARN: {}\n", trouble);
    }
#endif
  }
  if (ggml_backend_dev_t cpu = ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU)) {
    return Device{.handle = cpu,
                  .is_gpu = false,
                  .gpu_device = 0,
                  .backend = "CPU",
                  .ggml_name = "CPU",
                  .name = "CPU"};
  }
  return tl::unexpected(core::Failure{core::FailureKind::internal,
                                      "ggml, which Whisper computes with, has not even a backend "
                                      "for the CPU: its libraries are not "
                                      "where they were when this engine was built. Install them "
                                      "again, or build transcribed again."});
}

core::Failure out_of_memory(const Device& device, std::int64_t bytes, const std::string& what) {
  if (!device.is_gpu) {
    return {
        core::FailureKind::out_of_memory,
        fmt::format("No memory for {} in RAM: {} needed, {} of {} available, if this process is "
                    "not limited to less.",
                    what, gb(bytes), gb(meminfo_bytes("MemAvailable:")),
                    gb(meminfo_bytes("MemTotal:")))};
  }
  std::size_t free = 0;
  std::size_t total = 0;
  ggml_backend_dev_memory(device.handle, &free, &total);
  return {core::FailureKind::out_of_memory,
          no_memory_on_gpu(what, device.name, bytes, static_cast<std::int64_t>(free),
                           static_cast<std::int64_t>(total))};
}

tl::expected<void, core::Failure> rehearse(const Device& device, std::int64_t bytes,
                                           const std::string& what) {
  ggml_backend_buffer_type_t kind = ggml_backend_dev_buffer_type(device.handle);
  const std::size_t most = std::max<std::size_t>(ggml_backend_buft_get_max_size(kind), 1);
  std::vector<Buffer> buffers;
  for (auto left = static_cast<std::size_t>(bytes); left > 0;) {
    const std::size_t size = std::min(left, most);
    buffers.emplace_back(ggml_backend_buft_alloc_buffer(kind, size));
    if (!buffers.back()) return tl::unexpected(out_of_memory(device, bytes, what));
    left -= size;
  }
  return {};
}

}  // namespace transcribed::whisper
