#include "adapters/linux_memory_probe.h"

#include <dirent.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <memory>
#include <set>
#include <utility>

namespace transcribed::adapters {
namespace {

constexpr std::uint64_t kib_per_mb = 1024;

// The entries of a folder of /proc that are numbers.
std::vector<pid_t> numbers_in(const std::string& folder) {
  std::vector<pid_t> numbers;
  const auto close = [](DIR* opened) { ::closedir(opened); };
  const std::unique_ptr<DIR, decltype(close)> opened(::opendir(folder.c_str()), close);
  if (!opened) return numbers;
  while (const dirent* entry = ::readdir(opened.get())) {
    const std::string_view name = entry->d_name;
    pid_t number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (error == std::errc() && end == name.data() + name.size()) numbers.push_back(number);
  }
  return numbers;
}

// The kernel writes these lists only with CONFIG_PROC_CHILDREN.
bool lists_children(const std::string& proc) {
  const std::vector<pid_t> own = numbers_in(proc + "/self/task");
  return !own.empty() &&
         ::access((proc + "/self/task/" + std::to_string(own.front()) + "/children").c_str(),
                  R_OK) == 0;
}

core::Megabytes in_mb(std::uint64_t bytes) {
  return static_cast<core::Megabytes>(bytes / static_cast<std::uint64_t>(core::bytes_per_mb));
}

}  // namespace

LinuxMemoryProbe::LinuxMemoryProbe(std::string root)
    : proc_(root + "/proc"),
      meminfo_(proc_ + "/meminfo"),
      cgroups_(std::move(root)),
      kernel_lists_children_(lists_children(proc_)) {}

ports::SystemMemory LinuxMemoryProbe::read() {
  ports::SystemMemory memory;
  if (!meminfo_.read(buffer_)) return memory;
  const auto kib = [this](std::string_view name) { return field(buffer_, name).value_or(0); };
  memory.total_mb = static_cast<core::Megabytes>(kib("MemTotal") / kib_per_mb);
  // Kernels before 3.14 do not say what is available; free memory and caches are the nearest guess.
  const std::uint64_t available =
      field(buffer_, "MemAvailable").value_or(kib("MemFree") + kib("Buffers") + kib("Cached"));
  memory.available_mb = static_cast<core::Megabytes>(available / kib_per_mb);

  const CgroupMemory::Headroom cgroups = cgroups_.read();
  if (cgroups.limit) memory.total_mb = std::min(memory.total_mb, in_mb(*cgroups.limit));
  if (cgroups.left) memory.available_mb = std::min(memory.available_mb, in_mb(*cgroups.left));
  memory.available_mb = std::min(memory.available_mb, memory.total_mb);
  return memory;
}

std::vector<pid_t> LinuxMemoryProbe::children_of(pid_t pid) const {
  const std::string tasks = proc_ + "/" + std::to_string(pid) + "/task";
  std::vector<pid_t> children;
  std::string text;
  // A child hangs under the thread that forked it.
  for (const pid_t thread : numbers_in(tasks)) {
    if (!KernelFile(tasks + "/" + std::to_string(thread) + "/children").read(text)) continue;
    const char* place = text.data();
    const char* const end = text.data() + text.size();
    while (place != end) {
      pid_t child = 0;
      const auto [after, error] = std::from_chars(place, end, child);
      if (error == std::errc()) {
        children.push_back(child);
        place = after;
      } else {
        ++place;
      }
    }
  }
  return children;
}

std::vector<pid_t> LinuxMemoryProbe::tree_by_children(pid_t root) const {
  // The set guards against a process number used anew while we look, which could close a circle.
  std::set<pid_t> seen{root};
  std::vector<pid_t> tree{root};
  for (std::size_t i = 0; i < tree.size(); ++i) {
    for (const pid_t child : children_of(tree[i])) {
      if (seen.insert(child).second) tree.push_back(child);
    }
  }
  return tree;
}

std::vector<pid_t> LinuxMemoryProbe::tree_by_parents(pid_t root) const {
  std::multimap<pid_t, pid_t> children;
  std::string text;
  for (const pid_t pid : numbers_in(proc_)) {
    if (!KernelFile(proc_ + "/" + std::to_string(pid) + "/status").read(text)) continue;
    if (const auto parent = field(text, "PPid")) children.emplace(static_cast<pid_t>(*parent), pid);
  }
  std::set<pid_t> seen{root};
  std::vector<pid_t> tree{root};
  for (std::size_t i = 0; i < tree.size(); ++i) {
    const auto [first, last] = children.equal_range(tree[i]);
    for (auto entry = first; entry != last; ++entry) {
      if (seen.insert(entry->second).second) tree.push_back(entry->second);
    }
  }
  return tree;
}

core::Megabytes LinuxMemoryProbe::tree_rss_mb(pid_t root) {
  if (root <= 0) return 0;
  std::uint64_t kib = 0;
  for (const pid_t pid : kernel_lists_children_ ? tree_by_children(root) : tree_by_parents(root)) {
    // Gone meanwhile, or a zombie: it holds no memory.
    if (!KernelFile(proc_ + "/" + std::to_string(pid) + "/status").read(buffer_)) continue;
    kib += field(buffer_, "RssAnon").value_or(0) + field(buffer_, "RssShmem").value_or(0);
  }
  return static_cast<core::Megabytes>(kib / kib_per_mb);
}

}  // namespace transcribed::adapters
