// Every way nvidia-smi's table can look.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/nvidia_smi_probe.h"
#include "wire/utf8.h"

namespace transcribed::adapters {
namespace {

using core::DetectedGpu;
using core::GpuDetection;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::SizeIs;

TEST(GpuTable, TheReferenceBox) {
  const GpuDetection detection =
      parse_gpu_table("0, RTX 5070 Ti, 12227\n1, RTX 2080 Super, 8192\n");
  EXPECT_THAT(detection.gpus, ElementsAre(DetectedGpu{0, "RTX 5070 Ti", 12'227},
                                          DetectedGpu{1, "RTX 2080 Super", 8'192}));
  EXPECT_EQ(detection.failure, std::nullopt);
  EXPECT_THAT(detection.warnings, IsEmpty());
}

TEST(GpuTable, LinesMayEndInCrLf) {
  const GpuDetection detection = parse_gpu_table("0, A, 100\r\n1, B, 200\r\n\r\n");
  EXPECT_THAT(detection.gpus, ElementsAre(DetectedGpu{0, "A", 100}, DetectedGpu{1, "B", 200}));
  EXPECT_THAT(detection.warnings, IsEmpty());
}

TEST(GpuTable, TheLastLineNeedsNoEnd) {
  EXPECT_THAT(parse_gpu_table("0, A, 100").gpus, ElementsAre(DetectedGpu{0, "A", 100}));
}

TEST(GpuTable, BlanksAroundFieldsDoNotCount) {
  EXPECT_THAT(parse_gpu_table("\n  0 ,\tA card ,  100  \n\n").gpus,
              ElementsAre(DetectedGpu{0, "A card", 100}));
  EXPECT_THAT(parse_gpu_table("0,A,100\n").gpus, ElementsAre(DetectedGpu{0, "A", 100}));
}

TEST(GpuTable, ANameMayHoldCommas) {
  EXPECT_THAT(parse_gpu_table("2, Card, the Second, Rev. 3, 4096\n").gpus,
              ElementsAre(DetectedGpu{2, "Card, the Second, Rev. 3", 4'096}));
}

class MemoryThatIsNoNumber : public ::testing::TestWithParam<const char*> {};

TEST_P(MemoryThatIsNoNumber, LeavesTheSizeOpenWithAWarning) {
  const std::string memory = GetParam();
  const GpuDetection detection = parse_gpu_table("0, A, " + memory + "\n1, B, 200\n");
  EXPECT_THAT(detection.gpus,
              ElementsAre(DetectedGpu{0, "A", std::nullopt}, DetectedGpu{1, "B", 200}));
  EXPECT_THAT(detection.warnings,
              ElementsAre(AllOf(HasSubstr("GPU 0 (A)"), HasSubstr("\"" + memory + "\""))));
  EXPECT_EQ(detection.failure, std::nullopt);
}

INSTANTIATE_TEST_SUITE_P(GpuTable, MemoryThatIsNoNumber,
                         ::testing::Values("[N/A]", "[Not Supported]", "N/A", "MIG 1g.5gb",
                                           "[Insufficient Permissions]", "-1", "-8192", "12227.5",
                                           "0x2FC3", "8192 GB", "100000001",
                                           "99999999999999999999999999"));

TEST(GpuTable, AnEmptyMemoryFieldLeavesTheSizeOpen) {
  const GpuDetection detection = parse_gpu_table("0, A, \n");
  EXPECT_THAT(detection.gpus, ElementsAre(DetectedGpu{0, "A", std::nullopt}));
  EXPECT_THAT(detection.warnings, SizeIs(1));
}

TEST(GpuTable, AUnitThatWasNotAskedForIsUnderstood) {
  EXPECT_THAT(parse_gpu_table("0, A, 12227 MiB\n").gpus, ElementsAre(DetectedGpu{0, "A", 12'227}));
}

class LineThatIsNoRow : public ::testing::TestWithParam<const char*> {};

TEST_P(LineThatIsNoRow, IsSkippedWithAWarning) {
  const GpuDetection detection =
      parse_gpu_table("0, A, 100\n" + std::string(GetParam()) + "\n1, B, 200\n");
  EXPECT_THAT(detection.gpus, ElementsAre(DetectedGpu{0, "A", 100}, DetectedGpu{1, "B", 200}));
  EXPECT_THAT(detection.warnings, ElementsAre(HasSubstr("describes no GPU")));
}

INSTANTIATE_TEST_SUITE_P(GpuTable, LineThatIsNoRow,
                         ::testing::Values("index, name, memory.total [MiB]", "nonsense", ",", ",,",
                                           "7, 100", "-1, C, 100", "x, C, 100", "1.5, C, 100",
                                           "99999999999999999999, C, 100", "65536, C, 100",
                                           "WARNING: infoROM is corrupted at gpu 0000:02:00.0"));

TEST(GpuTable, OfARepeatedIndexTheFirstWinsWithAWarning) {
  const GpuDetection detection = parse_gpu_table("0, A, 100\n1, B, 200\n0, C, 300\n");
  EXPECT_THAT(detection.gpus, ElementsAre(DetectedGpu{0, "A", 100}, DetectedGpu{1, "B", 200}));
  EXPECT_THAT(detection.warnings,
              ElementsAre(AllOf(HasSubstr("GPU 0 more than once"), HasSubstr("\"C\""))));
}

TEST(GpuTable, FortyGpusInAnyOrderComeSortedById) {
  std::string table;
  for (int id = 39; id >= 0; --id) table += std::to_string(id) + ", Card, 24576\n";
  const GpuDetection detection = parse_gpu_table(table);
  ASSERT_THAT(detection.gpus, SizeIs(40));
  for (int id = 0; id < 40; ++id) EXPECT_EQ(detection.gpus[static_cast<std::size_t>(id)].id, id);
  EXPECT_THAT(detection.warnings, IsEmpty());
}

class NothingReadable : public ::testing::TestWithParam<const char*> {};

TEST_P(NothingReadable, IsAFailure) {
  const GpuDetection detection = parse_gpu_table(GetParam());
  EXPECT_THAT(detection.gpus, IsEmpty());
  EXPECT_THAT(detection.failure, Optional(HasSubstr("nvidia-smi printed n")));
}

INSTANTIATE_TEST_SUITE_P(GpuTable, NothingReadable,
                         ::testing::Values("", "\n", "\r\n \t\n", "No devices were found\n",
                                           "\xff\xfe,,\x01"));

TEST(GpuTable, TheFailureQuotesWhatWasPrinted) {
  EXPECT_THAT(parse_gpu_table("No devices were found\n").failure,
              Optional(Eq("nvidia-smi printed no line that describes a GPU, but \"No devices were "
                          "found\"")));
  EXPECT_THAT(parse_gpu_table("").failure, Optional(Eq("nvidia-smi printed nothing")));
}

TEST(GpuTable, BytesThatAreNoUtf8NeverLeave) {
  const GpuDetection detection =
      parse_gpu_table("0, Card \xff\xfe One\x01, 100\n\xc3\x28 junk\x1b[31m\n1, B, \xf0\x9f\n");
  ASSERT_THAT(detection.gpus, SizeIs(2));
  EXPECT_EQ(detection.gpus[0].name, "Card \xef\xbf\xbd One?");
  EXPECT_THAT(detection.warnings, SizeIs(2));
  for (const std::string& warning : detection.warnings) {
    EXPECT_TRUE(wire::is_valid_utf8(warning)) << warning;
    EXPECT_THAT(warning, ::testing::Not(HasSubstr("\x1b")));
  }
}

TEST(GpuTable, AThousandLinesOfNoiseAreNotAThousandWarnings) {
  std::string table = "0, A, 100\n";
  for (int i = 0; i < 1000; ++i) table += "noise " + std::string(5000, 'x') + "\n";
  const GpuDetection detection = parse_gpu_table(table);
  EXPECT_THAT(detection.gpus, SizeIs(1));
  EXPECT_THAT(detection.warnings, SizeIs(9));
  EXPECT_THAT(detection.warnings.back(), HasSubstr("992 more lines"));
  for (const std::string& warning : detection.warnings) EXPECT_LT(warning.size(), 300U);
}

TEST(GpuTable, ACardWithoutANameStillCounts) {
  EXPECT_THAT(parse_gpu_table("0, , 100\n").gpus, ElementsAre(DetectedGpu{0, "unnamed", 100}));
}

TEST(MemoryInUse, IsReadByGpuNumberAndWhatIsNoNumberLeftOut) {
  using testing::Pair;
  EXPECT_THAT(parse_memory_in_use("0, 5321\r\n1, 400 MiB\n2, [N/A]\n\nnonsense\n3, -1\n"),
              ElementsAre(Pair(0, 5321), Pair(1, 400)));
  EXPECT_THAT(parse_memory_in_use(""), IsEmpty());
}

core::GpuDetection with_addresses(std::string_view table) {
  core::GpuDetection detection = parse_gpu_table("0, A, 100\n1, B, 200\n");
  add_pci_addresses(detection, table);
  EXPECT_EQ(detection.failure, std::nullopt);
  EXPECT_THAT(detection.warnings, IsEmpty());
  return detection;
}

TEST(PciTable, GivesEachGpuTheAddressOfItsNumber) {
  EXPECT_THAT(with_addresses("1, 00000000:0A:00.0\r\n0, 00000000:0B:00.0").gpus,
              ElementsAre(DetectedGpu{0, "A", 100, "0000:0b:00.0"},
                          DetectedGpu{1, "B", 200, "0000:0a:00.0"}));
}

TEST(PciTable, WhatItDoesNotTellStaysUnknown) {
  for (const char* table :
       {"", "\n\n", "0\n", "0, [N/A]\n", "0, RTX 5070 Ti, 12227\n", "x, 00000000:01:00.0\n",
        "2, 00000000:01:00.0\n", "-1, 00000000:01:00.0\n", "Field \"pci.bus_id\" is not valid\n",
        "0, 00000000:01:00.0, 7\n"}) {
    EXPECT_THAT(with_addresses(table).gpus,
                ElementsAre(DetectedGpu{0, "A", 100}, DetectedGpu{1, "B", 200}))
        << table;
  }
}

TEST(PciTable, OfARepeatedNumberTheFirstAddressWins) {
  EXPECT_THAT(with_addresses("0, ?\n0, 00000000:01:00.0\n0, 00000000:02:00.0\n").gpus,
              ElementsAre(DetectedGpu{0, "A", 100, "0000:01:00.0"}, DetectedGpu{1, "B", 200}));
}

}  // namespace
}  // namespace transcribed::adapters
