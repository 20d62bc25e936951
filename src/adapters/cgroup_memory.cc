#include "adapters/cgroup_memory.h"

#include <sys/stat.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace transcribed::adapters {
namespace {

// Version 1 writes "no limit" as the largest multiple of the page size below 2^63.
constexpr std::uint64_t no_limit_from = std::uint64_t{1} << 62;

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

bool contains(const std::vector<std::string_view>& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

// mountinfo writes blanks and backslashes in paths as three octal digits.
std::string unescaped(std::string_view text) {
  std::string result;
  const auto octal = [](char c) { return c >= '0' && c <= '7'; };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size() && octal(text[i + 1]) && octal(text[i + 2]) &&
        octal(text[i + 3])) {
      result += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 +
                                  (text[i + 3] - '0'));
      i += 3;
    } else {
      result += text[i];
    }
  }
  return result;
}

struct Mount {
  std::string root;   // which cgroup the mount point shows
  std::string point;  // where
};

struct Mounts {
  std::optional<Mount> v1_memory;
  std::optional<Mount> v2;
};

// https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html
Mounts find_mounts(std::string_view mountinfo) {
  Mounts mounts;
  for (const std::string_view line : split(mountinfo, '\n')) {
    const auto dash = line.find(" - ");
    if (dash == std::string_view::npos) continue;
    const auto before = split(line.substr(0, dash), ' ');
    const auto after = split(line.substr(dash + 3), ' ');
    if (before.size() < 5 || after.size() < 3) continue;
    Mount mount{unescaped(before[3]), unescaped(before[4])};
    // A later mount lies over an earlier one only at the same place; the first is the usual one.
    if (after[0] == "cgroup2" && !mounts.v2) {
      mounts.v2 = std::move(mount);
    } else if (after[0] == "cgroup" && contains(split(after[2], ','), "memory") &&
               !mounts.v1_memory) {
      mounts.v1_memory = std::move(mount);
    }
  }
  return mounts;
}

struct Membership {
  std::optional<std::string> v1_memory;
  std::optional<std::string> v2;
};

// Lines of ID:CONTROLLERS:PATH; the path may hold colons.
Membership find_membership(std::string_view text) {
  Membership membership;
  for (const std::string_view line : split(text, '\n')) {
    const auto first = line.find(':');
    const auto second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (second == std::string_view::npos) continue;
    const std::string_view controllers = line.substr(first + 1, second - first - 1);
    const std::string_view path = line.substr(second + 1);
    if (controllers.empty()) {
      if (line.substr(0, first) == "0") membership.v2 = path;
    } else if (contains(split(controllers, ','), "memory")) {
      membership.v1_memory = path;
    }
  }
  return membership;
}

bool is_folder(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

// The part of `path` below what the mount shows: "" or "/a/b". Nothing: it lies outside.
std::optional<std::string> below_mount(const std::string& path, const std::string& mount_root) {
  // A cgroup outside this namespace's root is written with "..".
  if (path.find("/..") != std::string::npos) return std::nullopt;
  std::string below = path;
  if (mount_root != "/") {
    if (!path.starts_with(mount_root)) return std::nullopt;
    below = path.substr(mount_root.size());
    if (!below.empty() && below.front() != '/') return std::nullopt;
  }
  while (!below.empty() && below.back() == '/') below.pop_back();
  return below;
}

}  // namespace

CgroupMemory::CgroupMemory(std::string root)
    : root_(std::move(root)), membership_(root_ + "/proc/self/cgroup") {
  if (membership_.read(buffer_)) membership_text_ = buffer_;
  discover();
}

void CgroupMemory::discover() {
  levels_.clear();
  std::string mountinfo;
  KernelFile(root_ + "/proc/self/mountinfo").read(mountinfo);
  const Mounts mounts = find_mounts(mountinfo);
  const Membership membership = find_membership(membership_text_);
  const auto look = [this](Version version, const std::optional<Mount>& mount,
                           const std::optional<std::string>& path) {
    if (!mount || !path) return;
    const std::string point = root_ + mount->point;
    // In a container the path may be one of the host, which the mount does not show; the mount's
    // own root is then the nearest cgroup above us that can be seen.
    std::string below = below_mount(*path, mount->root).value_or("");
    if (!is_folder(point + below)) below.clear();
    add_levels(version, point, below);
  };
  look(Version::v2, mounts.v2, membership.v2);
  look(Version::v1, mounts.v1_memory, membership.v1_memory);
}

void CgroupMemory::add_levels(Version version, const std::string& mount, const std::string& below) {
  const bool v2 = version == Version::v2;
  std::string path = below;
  for (;;) {
    const std::string folder = mount + path + "/";
    Level level{version, KernelFile(folder + (v2 ? "memory.max" : "memory.limit_in_bytes")),
                KernelFile(folder + (v2 ? "memory.current" : "memory.usage_in_bytes")),
                KernelFile(folder + "memory.stat")};
    // The root cgroup, and one without the memory controller, has no such files.
    if (level.limit.is_open() && level.usage.is_open()) levels_.push_back(std::move(level));
    if (path.empty()) return;
    path.erase(path.rfind('/'));
  }
}

void CgroupMemory::account(const Level& level, Headroom& headroom) {
  const bool v2 = level.version == Version::v2;
  if (!level.limit.read(buffer_)) return;
  auto limit = leading_number(buffer_);  // nothing for "max"
  if (limit && *limit >= no_limit_from) limit.reset();
  // memory.stat is the dearest file to read (the kernel sums up every CPU's counters), and of no
  // use where there is no limit. Version 1 tells there of limits above those that can be seen.
  if (!limit && v2) return;

  std::uint64_t reclaimable = 0;
  if (level.stat.read(buffer_)) {
    const auto file_cache = [this](std::string_view name) -> std::uint64_t {
      return field(buffer_, name).value_or(0);
    };
    if (!v2) {
      const auto inherited = field(buffer_, "hierarchical_memory_limit");
      if (inherited && *inherited < no_limit_from) {
        limit = std::min(limit.value_or(*inherited), *inherited);
      }
    }
    const bool totals = !v2 && field(buffer_, "total_active_file").has_value();
    reclaimable = totals ? file_cache("total_active_file") + file_cache("total_inactive_file")
                         : file_cache("active_file") + file_cache("inactive_file");
  }
  if (!limit) return;
  if (!level.usage.read(buffer_)) return;
  const auto usage = leading_number(buffer_);
  if (!usage) return;
  // The three files are read one after the other, so they need not agree.
  const std::uint64_t used = *usage - std::min(*usage, reclaimable);
  const std::uint64_t left = *limit - std::min(*limit, used);
  headroom.limit = std::min(headroom.limit.value_or(*limit), *limit);
  headroom.left = std::min(headroom.left.value_or(left), left);
}

CgroupMemory::Headroom CgroupMemory::read() {
  if (membership_.read(buffer_) && buffer_ != membership_text_) {
    membership_text_ = buffer_;
    discover();
  }
  Headroom headroom;
  for (const Level& level : levels_) account(level, headroom);
  return headroom;
}

}  // namespace transcribed::adapters
