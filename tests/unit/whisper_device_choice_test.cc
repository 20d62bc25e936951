// The GPU that was given, among what ggml finds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "whisper/device_choice.h"

namespace transcribed::whisper {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using Kind = FoundDevice::Kind;
using Devices = std::vector<FoundDevice>;

constexpr const char* address_of_5070 = "0000:01:00.0";
constexpr const char* address_of_2080 = "0000:02:00.0";

FoundDevice cpu() { return {Kind::other, "CPU", "Some CPU", ""}; }
FoundDevice vulkan(const std::string& name, const std::string& id) {
  return {Kind::gpu, "Vulkan", name, id};
}
FoundDevice integrated(const std::string& id = "0000:00:02.0") {
  return {Kind::integrated_gpu, "Vulkan", "UHD 770", id};
}
FoundDevice cuda(const std::string& name, const std::string& id) {
  return {Kind::gpu, "CUDA", name, id};
}

// Vulkan's order is not nvidia-smi's.
Devices swapped_box() {
  return {vulkan("RTX 2080 Super", address_of_2080), vulkan("RTX 5070 Ti", address_of_5070), cpu()};
}
Devices box_without_ids() { return {vulkan("First", ""), vulkan("Second", ""), cpu()}; }

DeviceChoice choose(const Devices& devices, const GivenGpu& given) {
  const auto choice = choose_gpu(devices, given);
  EXPECT_TRUE(choice);
  return choice.value_or(DeviceChoice{});
}
std::string taken(const Devices& devices, const GivenGpu& given) {
  return devices.at(choose(devices, given).device).name;
}
std::string doubt(const Devices& devices, const GivenGpu& given) {
  return choose(devices, given).doubt;
}

TEST(DeviceChoice, EachGpuOfTheReferenceBoxIsFoundInSwappedOrder) {
  EXPECT_EQ(taken(swapped_box(), {address_of_5070, 0}), "RTX 5070 Ti");
  EXPECT_EQ(taken(swapped_box(), {address_of_2080, 1}), "RTX 2080 Super");
  EXPECT_EQ(choose(swapped_box(), {address_of_5070, 0}).gpu_device, 1);
  EXPECT_EQ(choose(swapped_box(), {address_of_2080, 1}).gpu_device, 0);
  EXPECT_THAT(doubt(swapped_box(), {address_of_5070, 0}), IsEmpty());
}

TEST(DeviceChoice, TheSpellingOfTheAddressDoesNotMatter) {
  const Devices devices{vulkan("A", "0000:0A:00.0"), vulkan("B", "0000:0b:00.0")};
  EXPECT_EQ(taken(devices, {"00000000:0B:00.0", 0}), "B");
  EXPECT_EQ(taken(devices, {"0000:0a:00.0", 1}), "A");
}

TEST(DeviceChoice, WhereNoIdsAreKnownTheNumberDecidesAndThatIsSaid) {
  EXPECT_EQ(taken(box_without_ids(), {address_of_5070, 0}), "First");
  EXPECT_EQ(taken(box_without_ids(), {address_of_2080, 1}), "Second");
  EXPECT_EQ(doubt(box_without_ids(), {address_of_2080, 1}),
            "ggml does not know the PCI addresses of its 2 GPUs, so Whisper takes number 1 of "
            "those it finds, Second (Vulkan), which may be the wrong one");
}

TEST(DeviceChoice, WhereNoAddressIsKnownTheNumberDecidesAndThatIsSaid) {
  EXPECT_EQ(taken(swapped_box(), {"", 1}), "RTX 5070 Ti");
  EXPECT_EQ(
      doubt(swapped_box(), {"", 1}),
      "the PCI address of GPU 1 is not known and ggml finds 2 GPUs, so Whisper takes number "
      "1 of those it finds, RTX 5070 Ti (Vulkan at 0000:01:00.0), which may be the wrong one");
  EXPECT_EQ(taken(swapped_box(), {"nonsense", 1}), "RTX 5070 Ti");
}

TEST(DeviceChoice, AnAddressThatNoDeviceHasFallsBackToTheNumber) {
  EXPECT_EQ(taken(swapped_box(), {"0000:09:00.0", 1}), "RTX 5070 Ti");
  EXPECT_THAT(doubt(swapped_box(), {"0000:09:00.0", 1}),
              HasSubstr("finds no GPU at PCI address 0000:09:00.0"));
}

TEST(DeviceChoice, ANumberBeyondThoseFoundFallsBackToTheFirst) {
  EXPECT_EQ(taken(box_without_ids(), {address_of_2080, 2}), "First");
  EXPECT_THAT(doubt(box_without_ids(), {address_of_2080, 2}),
              AllOf(HasSubstr("takes number 0"), Not(HasSubstr("takes number 2"))));
}

TEST(DeviceChoice, OneDeviceIsTakenWhateverItsNumber) {
  const Devices one{cpu(), vulkan("Only", "")};
  EXPECT_EQ(taken(one, {address_of_2080, 1}), "Only");
  EXPECT_EQ(choose(one, {address_of_2080, 1}).gpu_device, 0);
  EXPECT_THAT(doubt(one, {address_of_2080, 1}), IsEmpty());
  EXPECT_THAT(doubt(one, {"", 0}), IsEmpty());
  // One that is known to be another is worth a word.
  EXPECT_THAT(doubt({vulkan("Only", address_of_5070)}, {address_of_2080, 1}),
              HasSubstr("no GPU at PCI address 0000:02:00.0"));
}

TEST(DeviceChoice, AnIntegratedGpuIsCountedByLibwhisperButNotByNvidiaSmi) {
  Devices devices = swapped_box();
  devices.insert(devices.begin(), {cpu(), integrated()});
  EXPECT_EQ(taken(devices, {address_of_5070, 0}), "RTX 5070 Ti");
  EXPECT_EQ(choose(devices, {address_of_5070, 0}).gpu_device, 2);
  // Without addresses.
  EXPECT_EQ(taken(devices, {"", 0}), "RTX 2080 Super");
  EXPECT_EQ(choose(devices, {"", 0}).gpu_device, 1);
  // Nobody gave any GPU.
  EXPECT_EQ(taken(devices, {}), "RTX 2080 Super");
  EXPECT_THAT(doubt(devices, {}), IsEmpty());
  // It is taken where there is no other.
  EXPECT_EQ(taken({cpu(), integrated("")}, {"", 0}), "UHD 770");
  EXPECT_EQ(choose({cpu(), integrated("")}, {"", 0}).gpu_device, 0);
}

TEST(DeviceChoice, CudaComesBeforeVulkanAndShowsOnlyTheGivenGpu) {
  Devices devices = swapped_box();
  devices.insert(devices.begin(), cuda("RTX 5070 Ti by CUDA", address_of_5070));
  EXPECT_EQ(taken(devices, {address_of_5070, 0}), "RTX 5070 Ti by CUDA");
  EXPECT_EQ(taken(devices, {"", 1}), "RTX 5070 Ti by CUDA");
  devices.front().device_id.clear();
  EXPECT_EQ(taken(devices, {address_of_5070, 0}), "RTX 5070 Ti by CUDA");
  EXPECT_THAT(doubt(devices, {address_of_5070, 0}), IsEmpty());
}

TEST(DeviceChoice, ABackendThatShowsAnotherCardIsPassedOver) {
  Devices devices = swapped_box();
  devices.insert(devices.begin(), {Kind::gpu, "ROCm", "RX 7900", "0000:03:00.0"});
  EXPECT_EQ(taken(devices, {address_of_2080, 1}), "RTX 2080 Super");
  EXPECT_EQ(choose(devices, {address_of_2080, 1}).gpu_device, 1);
}

TEST(DeviceChoice, WithoutAGpuThereIsNone) {
  EXPECT_FALSE(choose_gpu(Devices{cpu()}, {address_of_5070, 0}));
  EXPECT_FALSE(choose_gpu({}, {}));
}

TEST(GpuNumber, IsOneNumberOrNothing) {
  EXPECT_EQ(gpu_number("1"), 1);
  for (const char* text : {"", "0,1", "-1", "GPU-8932f937", "1 ", "99999999999"}) {
    EXPECT_EQ(gpu_number(text), std::nullopt) << text;
  }
  EXPECT_EQ(gpu_number(nullptr), std::nullopt);
}

}  // namespace
}  // namespace transcribed::whisper
