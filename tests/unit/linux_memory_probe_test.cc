// Memory from made-up /proc and cgroup trees in a temporary folder, and from the real ones.
#include "adapters/linux_memory_probe.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace transcribed::adapters {
namespace {

constexpr std::int64_t mb = 1'048'576;

std::string bytes(std::int64_t megabytes) { return std::to_string(megabytes * mb) + "\n"; }

// A machine of 32,768 MB, of which 20,000 are available, with neither cgroup mount.
class MemoryProbe : public ::testing::Test {
 protected:
  MemoryProbe() {
    std::string pattern = ::testing::TempDir() + "machine-XXXXXX";
    root_ = ::mkdtemp(pattern.data());
    write("/proc/meminfo", meminfo(32'768, 20'000));
    write("/proc/self/mountinfo",
          "22 28 0:20 / /sys rw,nosuid - sysfs sysfs rw\n"
          "28 1 259:2 / / rw,relatime - ext4 /dev/nvme0n1p2 rw\n");
    write("/proc/self/cgroup", "0::/\n");
  }
  ~MemoryProbe() override { std::filesystem::remove_all(root_); }

  static std::string meminfo(std::int64_t total, std::int64_t available) {
    return "MemTotal:       " + std::to_string(total * 1024) +
           " kB\nMemFree:        1024 kB\nMemAvailable:   " + std::to_string(available * 1024) +
           " kB\nBuffers:  2048 kB\nCached:  4096 kB\nSwapCached:  999999 kB\n";
  }

  void write(const std::string& path, const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(root_ + path).parent_path());
    std::ofstream(root_ + path, std::ios::trunc) << text;
  }

  void mount_v2(const std::string& root = "/", const std::string& point = "/sys/fs/cgroup") {
    write("/proc/self/mountinfo",
          "30 22 0:27 " + root + " " + point +
              " rw,nosuid,nodev,noexec,relatime shared:4 - cgroup2 cgroup2 rw,nsdelegate\n");
  }
  void cgroup_v2(const std::string& path, const std::string& max, std::int64_t current_mb,
                 std::int64_t active_file_mb = 0, std::int64_t inactive_file_mb = 0) {
    const std::string folder = "/sys/fs/cgroup" + path;
    write(folder + "/memory.max", max);
    write(folder + "/memory.current", bytes(current_mb));
    write(folder + "/memory.stat",
          "anon 123\nfile 456\ninactive_anon 1\nactive_anon 2\n"
          "inactive_file " +
              bytes(inactive_file_mb) + "active_file " + bytes(active_file_mb) + "slab 5\n");
  }

  void mount_v1(const std::string& root = "/") {
    write("/proc/self/mountinfo",
          "31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n"
          "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n"
          "35 31 0:32 " +
              root +
              " /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"
              "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n");
    std::filesystem::create_directories(root_ + "/sys/fs/cgroup/unified");
  }
  void cgroup_v1(const std::string& path, const std::string& limit, std::int64_t usage_mb,
                 std::int64_t total_active_mb = 0, std::int64_t total_inactive_mb = 0,
                 const std::string& hierarchical = "9223372036854771712") {
    const std::string folder = "/sys/fs/cgroup/memory" + path;
    write(folder + "/memory.limit_in_bytes", limit);
    write(folder + "/memory.usage_in_bytes", bytes(usage_mb));
    write(folder + "/memory.stat",
          "cache 1\nactive_file 7\ninactive_file 7\nhierarchical_memory_limit " + hierarchical +
              "\ntotal_inactive_file " + bytes(total_inactive_mb) + "total_active_file " +
              bytes(total_active_mb));
  }

  void process(int pid, int parent, const std::string& children, std::int64_t anon_kib,
               std::int64_t shmem_kib = 0) {
    const std::string folder = "/proc/" + std::to_string(pid);
    write(folder + "/status", "Name:\tengine\nState:\tS (sleeping)\nPid:\t" + std::to_string(pid) +
                                  "\nPPid:\t" + std::to_string(parent) +
                                  "\nVmRSS:\t 999999 kB\nRssAnon:\t" + std::to_string(anon_kib) +
                                  " kB\nRssFile:\t  999999 kB\nRssShmem:\t" +
                                  std::to_string(shmem_kib) + " kB\nThreads:\t1\n");
    write(folder + "/task/" + std::to_string(pid) + "/children", children);
  }
  void kernel_that_lists_children() { write("/proc/self/task/77/children", ""); }

  void expect(core::Megabytes total, core::Megabytes available) {
    LinuxMemoryProbe probe(root_);
    const ports::SystemMemory memory = probe.read();
    EXPECT_EQ(memory.total_mb, total);
    EXPECT_EQ(memory.available_mb, available);
  }

  std::string root_;
};

TEST_F(MemoryProbe, WithoutCgroupsMemTotalAndMemAvailableCount) { expect(32'768, 20'000); }

TEST_F(MemoryProbe, WithoutMemAvailableFreeAndCachesCount) {
  write("/proc/meminfo",
        "MemTotal: 1048576 kB\nMemFree: 102400 kB\nBuffers: 10240 kB\nCached: 204800 kB\n"
        "SwapCached: 512000 kB\n");
  expect(1'024, 310);
}

TEST_F(MemoryProbe, WithoutMeminfoThereIsNothing) {
  std::filesystem::remove(root_ + "/proc/meminfo");
  expect(0, 0);
}

TEST_F(MemoryProbe, WithoutMountinfoTheMachineCounts) {
  std::filesystem::remove(root_ + "/proc/self/mountinfo");
  std::filesystem::remove(root_ + "/proc/self/cgroup");
  expect(32'768, 20'000);
}

TEST_F(MemoryProbe, ReadsAnewEachTime) {
  mount_v2();
  cgroup_v2("", bytes(8'000), 1'000);
  LinuxMemoryProbe probe(root_);
  EXPECT_EQ(probe.read().available_mb, 7'000);
  cgroup_v2("", bytes(8'000), 5'000);
  EXPECT_EQ(probe.read().available_mb, 3'000);
  write("/proc/meminfo", meminfo(32'768, 2'500));
  EXPECT_EQ(probe.read().available_mb, 2'500);
}

TEST_F(MemoryProbe, V2LimitLessUsageWithFileCacheCountedAsFree) {
  mount_v2();
  write("/proc/self/cgroup", "0::/system.slice/transcribed.service\n");
  cgroup_v2("/system.slice/transcribed.service", bytes(10'000), 6'000, 1'500, 500);
  expect(10'000, 6'000);
}

TEST_F(MemoryProbe, V2MaxMeansNoLimit) {
  mount_v2();
  cgroup_v2("", "max\n", 30'000);
  expect(32'768, 20'000);
}

TEST_F(MemoryProbe, V2EveryVisibleAncestorCounts) {
  mount_v2();
  write("/proc/self/cgroup", "0::/a/b/c\n");
  cgroup_v2("/a/b/c", "max\n", 100);
  cgroup_v2("/a/b", bytes(12'000), 3'000);
  cgroup_v2("/a", bytes(16'000), 15'000);
  expect(12'000, 1'000);
}

TEST_F(MemoryProbe, V2AnAncestorWithoutTheControllerIsPassedOver) {
  mount_v2();
  write("/proc/self/cgroup", "0::/a/b/c\n");
  std::filesystem::create_directories(root_ + "/sys/fs/cgroup/a/b/c");
  cgroup_v2("/a", bytes(16'000), 4'000);
  expect(16'000, 12'000);
}

TEST_F(MemoryProbe, V2TheSmallerOfMemAvailableAndTheLimitCounts) {
  mount_v2();
  cgroup_v2("", bytes(31'000), 1'000);
  expect(31'000, 20'000);
}

TEST_F(MemoryProbe, V2ALimitAboveTheMachineIsNoMemory) {
  mount_v2();
  cgroup_v2("", bytes(100'000), 1'000);
  expect(32'768, 20'000);
}

TEST_F(MemoryProbe, V2UsageAboveTheLimitLeavesZero) {
  mount_v2();
  cgroup_v2("", bytes(1'000), 1'200);
  expect(1'000, 0);
}

TEST_F(MemoryProbe, V2MoreCacheThanUsageLeavesNoMoreThanTheLimit) {
  mount_v2();
  cgroup_v2("", bytes(1'000), 100, 5'000, 5'000);
  expect(1'000, 1'000);
}

TEST_F(MemoryProbe, V2WithoutMemoryStatNothingIsReclaimable) {
  mount_v2();
  cgroup_v2("", bytes(10'000), 6'000, 1'500, 500);
  std::filesystem::remove(root_ + "/sys/fs/cgroup/memory.stat");
  expect(10'000, 4'000);
}

TEST_F(MemoryProbe, V2ALimitSetLaterIsSeen) {
  mount_v2();
  cgroup_v2("", "max\n", 1'000);
  LinuxMemoryProbe probe(root_);
  EXPECT_EQ(probe.read().total_mb, 32'768);
  cgroup_v2("", bytes(4'000), 1'000);
  EXPECT_EQ(probe.read().total_mb, 4'000);
  EXPECT_EQ(probe.read().available_mb, 3'000);
}

TEST_F(MemoryProbe, AMoveToAnotherCgroupIsFollowed) {
  mount_v2();
  write("/proc/self/cgroup", "0::/first\n");
  cgroup_v2("/first", bytes(8'000), 1'000);
  cgroup_v2("/other", bytes(6'000), 1'000);
  LinuxMemoryProbe probe(root_);
  EXPECT_EQ(probe.read().available_mb, 7'000);
  write("/proc/self/cgroup", "0::/other\n");
  EXPECT_EQ(probe.read().available_mb, 5'000);
}

TEST_F(MemoryProbe, AMountPointWithBlanksIsFound) {
  mount_v2("/", "/odd\\040place\\134x");
  write("/odd place\\x/memory.max", bytes(5'000));
  write("/odd place\\x/memory.current", bytes(1'000));
  expect(5'000, 4'000);
}

TEST_F(MemoryProbe, InAContainerThePathOfTheHostFallsBackToTheMountRoot) {
  mount_v2();
  write("/proc/self/cgroup", "0::/docker/0123456789ab\n");
  cgroup_v2("", bytes(2'000), 500);
  expect(2'000, 1'500);
}

TEST_F(MemoryProbe, InAContainerTheMountsOwnRootIsTakenOffThePath) {
  mount_v2("/docker/0123");
  write("/proc/self/cgroup", "0::/docker/0123/engine\n");
  cgroup_v2("", bytes(9'000), 500);
  cgroup_v2("/engine", bytes(2'000), 500);
  expect(2'000, 1'500);
}

TEST_F(MemoryProbe, ACgroupWhoseNameOnlyBeginsLikeTheMountsRootLiesOutside) {
  mount_v2("/docker/01");
  write("/proc/self/cgroup", "0::/docker/0123\n");
  cgroup_v2("", bytes(3'000), 500);
  cgroup_v2("/23", bytes(1'000), 500);
  expect(3'000, 2'500);
}

TEST_F(MemoryProbe, ACgroupAboveTheNamespaceFallsBackToTheMountRoot) {
  mount_v2();
  write("/proc/self/cgroup", "0::/../other\n");
  cgroup_v2("", bytes(2'000), 500);
  expect(2'000, 1'500);
}

TEST_F(MemoryProbe, V1LimitLessUsageWithTotalFileCacheCountedAsFree) {
  mount_v1();
  write("/proc/self/cgroup", "4:memory:/job\n1:cpu:/other\n0::/\n");
  cgroup_v1("/job", bytes(10'000), 6'000, 1'500, 500);
  expect(10'000, 6'000);
}

TEST_F(MemoryProbe, V1ALimitNearTwoToThe63IsNone) {
  mount_v1();
  write("/proc/self/cgroup", "4:memory:/job\n");
  cgroup_v1("/job", "9223372036854771712\n", 30'000);
  expect(32'768, 20'000);
}

TEST_F(MemoryProbe, V1EveryVisibleAncestorCounts) {
  mount_v1();
  write("/proc/self/cgroup", "5:cpuset,memory:/a/b\n");
  cgroup_v1("/a/b", bytes(12'000), 1'000);
  cgroup_v1("/a", bytes(14'000), 13'000);
  cgroup_v1("", "9223372036854771712\n", 30'000);
  expect(12'000, 1'000);
}

TEST_F(MemoryProbe, V1TheHierarchicalLimitTellsOfAncestorsThatCannotBeSeen) {
  mount_v1();
  write("/proc/self/cgroup", "4:memory:/job\n");
  cgroup_v1("/job", "9223372036854771712\n", 1'000, 0, 0, std::to_string(3'000 * mb));
  expect(3'000, 2'000);
}

TEST_F(MemoryProbe, V1InAContainerThePathOfTheHostFallsBackToTheMountRoot) {
  mount_v1("/docker/0123");
  write("/proc/self/cgroup", "4:memory:/docker/0123\n");
  cgroup_v1("", bytes(2'000), 500);
  expect(2'000, 1'500);
  write("/proc/self/cgroup", "4:memory:/somewhere/else\n");
  expect(2'000, 1'500);
}

TEST_F(MemoryProbe, HybridTheUnifiedMountWithoutMemoryDoesNotHideV1) {
  mount_v1();
  write("/proc/self/cgroup", "4:memory:/job\n0::/\n");
  std::filesystem::create_directories(root_ + "/sys/fs/cgroup/unified/job");
  cgroup_v1("/job", bytes(2'000), 500);
  expect(2'000, 1'500);
}

TEST_F(MemoryProbe, ACgroupThatNamesNoControllerIsNoMemoryCgroup) {
  mount_v1();
  write("/proc/self/cgroup", "9:name=systemd:/job\nnonsense\n::\n");
  cgroup_v1("", bytes(2'000), 500);
  expect(32'768, 20'000);
}

TEST_F(MemoryProbe, ATreeIsItsAnonymousAndSharedMemoryOverAllDescendants) {
  kernel_that_lists_children();
  process(100, 1, "101 102 ", 100 * 1024, 10 * 1024);
  process(101, 100, "", 200 * 1024);
  process(102, 100, "103 ", 0);
  process(103, 102, "", 512, 512);
  process(200, 1, "", 5'000 * 1024);
  EXPECT_EQ(LinuxMemoryProbe(root_).tree_rss_mb(100), 311);
  EXPECT_EQ(LinuxMemoryProbe(root_).tree_rss_mb(103), 1);
}

TEST_F(MemoryProbe, AChildOfAnotherThreadIsInTheTree) {
  kernel_that_lists_children();
  process(100, 1, "", 1'024);
  write("/proc/100/task/105/children", "106");
  process(106, 100, "", 2'048);
  EXPECT_EQ(LinuxMemoryProbe(root_).tree_rss_mb(100), 3);
}

TEST_F(MemoryProbe, WithoutListsOfChildrenParentsAreFollowed) {
  process(100, 1, "", 1'024);
  process(101, 100, "", 2'048);
  process(102, 101, "", 4'096);
  process(200, 1, "", 8'192);
  EXPECT_EQ(LinuxMemoryProbe(root_).tree_rss_mb(100), 7);
}

TEST_F(MemoryProbe, AProcessThatIsGoneCountsForNothing) {
  kernel_that_lists_children();
  process(100, 1, "101 102", 1'024);
  process(102, 100, "", 2'048);
  EXPECT_EQ(LinuxMemoryProbe(root_).tree_rss_mb(100), 3);
  EXPECT_EQ(LinuxMemoryProbe(root_).tree_rss_mb(999), 0);
  EXPECT_EQ(LinuxMemoryProbe(root_).tree_rss_mb(0), 0);
}

TEST_F(MemoryProbe, AZombieHasNoMemory) {
  kernel_that_lists_children();
  process(100, 1, "101", 1'024);
  write("/proc/101/status", "Name:\tengine\nState:\tZ (zombie)\nPPid:\t100\n");
  EXPECT_EQ(LinuxMemoryProbe(root_).tree_rss_mb(100), 1);
}

TEST_F(MemoryProbe, ACircleOfReusedNumbersEnds) {
  kernel_that_lists_children();
  process(100, 101, "101", 1'024);
  process(101, 100, "100", 1'024);
  EXPECT_EQ(LinuxMemoryProbe(root_).tree_rss_mb(100), 2);
}

TEST(MemoryProbeForReal, ThisMachineHasMemoryAndNoMoreAvailableThanThat) {
  LinuxMemoryProbe probe;
  const ports::SystemMemory memory = probe.read();
  EXPECT_GT(memory.total_mb, 0);
  EXPECT_GE(memory.available_mb, 0);
  EXPECT_LE(memory.available_mb, memory.total_mb);
}

TEST(MemoryProbeForReal, MemoryThisProcessTakesIsSeen) {
  LinuxMemoryProbe probe;
  const core::Megabytes before = probe.tree_rss_mb(::getpid());
  // Written byte by byte, so that every page is really there.
  const std::string block(64 * mb, 'x');
  EXPECT_GE(probe.tree_rss_mb(::getpid()), before + 60) << block.size();
}

}  // namespace
}  // namespace transcribed::adapters
