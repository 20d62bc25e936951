// Where a card sits: the one name for it that nvidia-smi, Linux, CUDA and Vulkan share.
#pragma once

#include <string>
#include <string_view>

namespace transcribed::core {

// "0000:01:00.0" (domain:bus:device.function, lower case, a domain of four digits or more, as Linux
// writes it) from that or from nvidia-smi's "00000000:01:00.0". Empty when it is no such address.
std::string normal_pci_address(std::string_view text);

}  // namespace transcribed::core
