// The pure half of the probe: from nvidia-smi's output to rows.
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <vector>

#include "adapters/nvidia_smi_probe.h"
#include "core/pci_address.h"
#include "wire/utf8.h"

namespace transcribed::adapters {
namespace {

// No machine has more; beyond it a first field is a number by accident.
constexpr int max_index = 65'535;
// 100 TB. A larger number is nonsense, and sums of it could overflow.
constexpr core::Megabytes max_memory_mb = 100'000'000;
// A binary by mistake would otherwise fill the log with one warning a line.
constexpr std::size_t max_skip_warnings = 8;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n\v\f";
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

// Text that may go into a log line or JSON: UTF-8, on one line, not endless.
std::string presentable(std::string_view text) {
  constexpr std::size_t longest = 120;
  std::string result = wire::to_valid_utf8(trimmed(text).substr(0, longest));
  std::ranges::replace_if(
      result, [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
  return result;
}

template <typename Number>
std::optional<Number> whole_number(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

struct Row {
  int index = 0;
  std::string name;
  std::string_view memory;
};

std::optional<Row> read_row(std::string_view line) {
  const auto first = line.find(',');
  const auto last = line.rfind(',');
  if (first == std::string_view::npos || first == last) return std::nullopt;
  const auto index = whole_number<int>(trimmed(line.substr(0, first)));
  if (!index || *index < 0 || *index > max_index) return std::nullopt;
  Row row;
  row.index = *index;
  row.name = presentable(line.substr(first + 1, last - first - 1));
  if (row.name.empty()) row.name = "unnamed";
  row.memory = trimmed(line.substr(last + 1));
  return row;
}

std::optional<core::Megabytes> read_memory(std::string_view text) {
  // Some wrappers add the unit although `nounits` was asked for.
  if (text.ends_with("MiB")) text = trimmed(text.substr(0, text.size() - 3));
  const auto mb = whole_number<core::Megabytes>(text);
  if (!mb || *mb < 0 || *mb > max_memory_mb) return std::nullopt;
  return mb;
}

// Of a table of GPU numbers and one more field. What is no such line is passed over.
template <typename Take>
void for_each_pair(std::string_view table, Take take) {
  while (!table.empty()) {
    const auto end = table.find('\n');
    const std::string_view line = table.substr(0, end);
    table = end == std::string_view::npos ? std::string_view() : table.substr(end + 1);
    const auto comma = line.find(',');
    if (comma == std::string_view::npos) continue;
    const auto index = whole_number<int>(trimmed(line.substr(0, comma)));
    if (index) take(*index, trimmed(line.substr(comma + 1)));
  }
}

}  // namespace

core::GpuDetection parse_gpu_table(std::string_view table) {
  core::GpuDetection detection;
  std::size_t skipped = 0;
  std::string first_skipped;
  while (!table.empty()) {
    const auto end = table.find('\n');
    const std::string_view line = trimmed(table.substr(0, end));
    table = end == std::string_view::npos ? std::string_view() : table.substr(end + 1);
    if (line.empty()) continue;

    const auto row = read_row(line);
    if (!row) {
      if (++skipped == 1) first_skipped = presentable(line);
      if (skipped <= max_skip_warnings) {
        detection.warnings.push_back("nvidia-smi printed a line that describes no GPU: \"" +
                                     presentable(line) + "\"; it was skipped.");
      }
      continue;
    }
    const auto same = std::ranges::find(detection.gpus, row->index, &core::DetectedGpu::id);
    if (same != detection.gpus.end()) {
      detection.warnings.push_back("nvidia-smi listed GPU " + std::to_string(row->index) +
                                   " more than once; the first (" + same->name + ") counts and \"" +
                                   row->name + "\" was skipped.");
      continue;
    }
    const auto memory = read_memory(row->memory);
    if (!memory) {
      detection.warnings.push_back("nvidia-smi printed \"" + presentable(row->memory) +
                                   "\" in place of the memory of GPU " +
                                   std::to_string(row->index) + " (" + row->name + ").");
    }
    detection.gpus.push_back({.id = row->index, .name = row->name, .total_mb = memory});
  }
  if (skipped > max_skip_warnings) {
    detection.warnings.push_back("nvidia-smi printed " +
                                 std::to_string(skipped - max_skip_warnings) +
                                 " more lines that describe no GPU.");
  }
  std::ranges::sort(detection.gpus, {}, &core::DetectedGpu::id);
  if (detection.gpus.empty()) {
    detection.failure = skipped == 0 ? "nvidia-smi printed nothing"
                                     : "nvidia-smi printed no line that describes a GPU, but \"" +
                                           first_skipped + "\"";
    // The failure has said it.
    detection.warnings.clear();
  }
  return detection;
}

void add_pci_addresses(core::GpuDetection& detection, std::string_view table) {
  for_each_pair(table, [&](int index, std::string_view address) {
    const auto gpu = std::ranges::find(detection.gpus, index, &core::DetectedGpu::id);
    if (gpu == detection.gpus.end() || !gpu->pci_address.empty()) return;
    gpu->pci_address = core::normal_pci_address(address);
  });
}

std::map<int, core::Megabytes> parse_memory_in_use(std::string_view table) {
  std::map<int, core::Megabytes> in_use;
  for_each_pair(table, [&](int index, std::string_view memory) {
    if (const auto mb = read_memory(memory)) in_use.emplace(index, *mb);
  });
  return in_use;
}

}  // namespace transcribed::adapters
