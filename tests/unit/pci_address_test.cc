#include "core/pci_address.h"

#include <gtest/gtest.h>

namespace transcribed::core {
namespace {

TEST(PciAddress, IsTheSameFromEachWhoWritesIt) {
  EXPECT_EQ(normal_pci_address("00000000:01:00.0"), "0000:01:00.0");  // nvidia-smi
  EXPECT_EQ(normal_pci_address("0000:01:00.0"), "0000:01:00.0");      // Linux, ggml
  EXPECT_EQ(normal_pci_address("00000000:C1:1F.7"), "0000:c1:1f.7");
}

TEST(PciAddress, ALargeDomainKeepsItsDigits) {
  EXPECT_EQ(normal_pci_address("00000001:00:00.0"), "0001:00:00.0");
  EXPECT_EQ(normal_pci_address("00010000:E1:00.0"), "10000:e1:00.0");
  EXPECT_EQ(normal_pci_address("10000:e1:00.0"), "10000:e1:00.0");
}

TEST(PciAddress, AnythingElseIsNone) {
  for (const char* text :
       {"", "0", "[N/A]", "RTX 5070 Ti, 12227", "01:00.0", "000:01:00.0", "000000000:01:00.0",
        "0000:01:00", "0000-01:00.0", "0000:01-00.0", "0000:01:00:0", "000g:01:00.0",
        "0000:0g:00.0", "0000:01:g0.0", "0000:01:00.g", "0000:01:00.0 ", " 0000:01:00.0"}) {
    EXPECT_EQ(normal_pci_address(text), "") << text;
  }
}

}  // namespace
}  // namespace transcribed::core
