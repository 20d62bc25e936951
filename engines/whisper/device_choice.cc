#include "whisper/device_choice.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "core/pci_address.h"

namespace transcribed::whisper {
namespace {

using Kind = FoundDevice::Kind;

bool heeds_cuda_visible_devices(const FoundDevice& device) {
  return device.backend == "CUDA" || device.backend == "ROCm" || device.backend == "MUSA";
}

// The devices to count among: the dedicated GPUs of the first backend that has any, else the
// integrated ones.
std::vector<std::size_t> countable(std::span<const FoundDevice> devices) {
  for (const Kind kind : {Kind::gpu, Kind::integrated_gpu}) {
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < devices.size(); ++i) {
      if (devices[i].kind != kind) continue;
      if (out.empty() || devices[out.front()].backend == devices[i].backend) out.push_back(i);
    }
    if (!out.empty()) return out;
  }
  return {};
}

// Why what is taken may be the wrong one; empty when there is no other it could be.
std::string why_doubtful(std::span<const FoundDevice> devices, std::span<const std::size_t> among,
                         const GivenGpu& given, const std::string& address) {
  const bool tells_addresses = std::ranges::any_of(among, [&](std::size_t i) {
    return !core::normal_pci_address(devices[i].device_id).empty();
  });
  if (!address.empty() && tells_addresses) {
    return fmt::format("ggml finds no GPU at PCI address {}", address);
  }
  if (among.size() < 2) return {};
  if (!address.empty()) {
    return fmt::format("ggml does not know the PCI addresses of its {} GPUs", among.size());
  }
  if (!given.number) return {};
  return fmt::format("the PCI address of GPU {} is not known and ggml finds {} GPUs", *given.number,
                     among.size());
}

DeviceChoice guess(std::span<const FoundDevice> devices, const GivenGpu& given,
                   const std::string& address) {
  const std::vector<std::size_t> among = countable(devices);
  const std::size_t number = given.number && static_cast<std::size_t>(*given.number) < among.size()
                                 ? static_cast<std::size_t>(*given.number)
                                 : 0;
  const FoundDevice& taken = devices[among[number]];
  DeviceChoice choice{.device = among[number], .gpu_device = 0, .doubt = {}};
  const std::string why = why_doubtful(devices, among, given, address);
  if (!why.empty()) {
    choice.doubt = fmt::format(
        "{}, so Whisper takes number {} of those it finds, {} ({}{}{}), which may be the wrong one",
        why, number, taken.name, taken.backend, taken.device_id.empty() ? "" : " at ",
        taken.device_id);
  }
  return choice;
}

DeviceChoice choose_among_gpus(std::span<const FoundDevice> devices, const GivenGpu& given) {
  const std::string address = core::normal_pci_address(given.pci_address);
  for (std::size_t i = 0; i < devices.size(); ++i) {
    const FoundDevice& device = devices[i];
    if (device.kind == Kind::other) continue;
    const std::string id = core::normal_pci_address(device.device_id);
    if (!address.empty() && id == address) return {.device = i, .gpu_device = 0, .doubt = {}};
    const bool comparable = !address.empty() && !id.empty();
    if (given.number && !comparable && heeds_cuda_visible_devices(device)) {
      return {.device = i, .gpu_device = 0, .doubt = {}};
    }
  }
  return guess(devices, given, address);
}

}  // namespace

std::optional<int> gpu_number(const char* cuda_visible_devices) {
  if (cuda_visible_devices == nullptr) return std::nullopt;
  const std::string_view text = cuda_visible_devices;
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

std::optional<DeviceChoice> choose_gpu(std::span<const FoundDevice> devices,
                                       const GivenGpu& given) {
  const auto is_gpu = [](const FoundDevice& device) { return device.kind != Kind::other; };
  if (std::ranges::none_of(devices, is_gpu)) return std::nullopt;
  DeviceChoice choice = choose_among_gpus(devices, given);
  choice.gpu_device = static_cast<int>(std::ranges::count_if(devices.first(choice.device), is_gpu));
  return choice;
}

}  // namespace transcribed::whisper
