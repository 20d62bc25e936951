// Which GPUs the machine has, as nvidia-smi tells it.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "ports/gpu_probe.h"
#include "ports/vram_probe.h"

namespace transcribed::adapters {

// Reads what `nvidia-smi --query-gpu=index,name,memory.total --format=csv,noheader,nounits` prints.
// The index is the first field and the memory the last; the name is everything between, commas
// included. A line that is no row is skipped with a warning, of a repeated index the first wins,
// and a memory that is no number leaves `total_mb` empty. Sets `failure` when no line is a row.
core::GpuDetection parse_gpu_table(std::string_view table);

// Reads what `nvidia-smi --query-gpu=index,pci.bus_id --format=csv,noheader,nounits` prints into
// the GPUs of those numbers. What it does not tell stays unknown; of a repeated index the first
// address wins.
void add_pci_addresses(core::GpuDetection& detection, std::string_view table);

// Reads what `nvidia-smi --query-gpu=index,memory.used --format=csv,noheader,nounits` prints.
std::map<int, core::Megabytes> parse_memory_in_use(std::string_view table);

// Runs nvidia-smi, and once more for the PCI addresses where that told of a GPU; without them the
// detection is as good as with them, so the second run's failure is no warning. A hang, a crash, a
// flood of output and a program that is not there all come back as `failure`; nothing throws.
// Whatever it started is killed with it.
class NvidiaSmiProbe final : public ports::GpuProbe, public ports::VramProbe {
 public:
  struct Options {
    std::chrono::milliseconds limit{10'000};  // of each run
    std::size_t max_output = 1 << 20;         // bytes; more is a failure
    std::optional<std::string> path;          // the search path; nothing: PATH of this process
  };

  NvidiaSmiProbe() : NvidiaSmiProbe(Options()) {}
  explicit NvidiaSmiProbe(Options options) : options_(std::move(options)) {}

  // Blocks for `limit` (twice that when it hangs only when asked for addresses), and at most a
  // second longer each time for a process the kernel does not let go of.
  core::GpuDetection detect() override;
  // Nothing of any GPU where nvidia-smi fails. Blocks for `limit` at most.
  std::map<int, core::Megabytes> vram_in_use() override;

 private:
  Options options_;
};

}  // namespace transcribed::adapters
