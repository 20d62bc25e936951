#include "adapters/nvidia_smi_probe.h"

#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "adapters/captured_run.h"
#include "adapters/program_search.h"
#include "wire/utf8.h"

namespace transcribed::adapters {
namespace {

FoundProgram find_nvidia_smi(const std::optional<std::string>& path) {
  if (path) return find_program("nvidia-smi", *path);
  const char* variable = std::getenv("PATH");
  return find_program("nvidia-smi", variable ? variable : "");
}

// The end of what was printed, fit for one log line.
std::string end_of(std::string_view text) {
  constexpr std::size_t longest = 300;
  std::string line;
  for (const char c : text) {
    const bool blank = static_cast<unsigned char>(c) <= 0x20 || c == 0x7f;
    if (!blank) {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  const bool cut = line.size() > longest;
  if (cut) line.erase(0, line.size() - longest);
  return (cut ? "…" : "") + wire::to_valid_utf8(line);
}

// ": ..." with what it said, or nothing. nvidia-smi writes its errors to standard output.
std::string last_words(const CapturedRun& run) {
  std::string words = end_of(run.error_end);
  if (words.empty()) words = end_of(run.output);
  return words.empty() ? "" : ": " + words;
}

std::string seconds(std::chrono::milliseconds time) {
  std::string text = std::to_string(time.count() / 1000);
  if (const auto rest = time.count() % 1000; rest != 0) {
    text += "." + std::to_string(rest / 100) + std::to_string(rest / 10 % 10);
  }
  return text + " s";
}

std::vector<std::string> query(const std::string& fields) {
  return {"--query-gpu=" + fields, "--format=csv,noheader,nounits"};
}

core::GpuDetection failure(std::string why) {
  core::GpuDetection detection;
  detection.failure = std::move(why);
  return detection;
}

}  // namespace

core::GpuDetection NvidiaSmiProbe::detect() {
  const FoundProgram found = find_nvidia_smi(options_.path);
  if (found.program.empty()) {
    return failure(found.not_executable.empty() ? "nvidia-smi was not found on PATH"
                                                : found.not_executable + " is not executable");
  }

  CapturedRunSpec spec;
  spec.program = found.program;
  spec.limit = options_.limit;
  spec.max_output = options_.max_output;
  spec.arguments = query("index,name,memory.total");
  const CapturedRun run = run_captured(spec);

  const std::string stuck =
      run.reaped ? "" : " (it was killed, but the kernel has not let go of it)";
  switch (run.how) {
    case CapturedRun::How::not_started:
      return failure(found.program + " could not be started: " + std::strerror(run.code));
    case CapturedRun::How::signalled:
      return failure("nvidia-smi was killed by signal " + std::to_string(run.code) + " (" +
                     ::strsignal(run.code) + ")" + last_words(run));
    case CapturedRun::How::timed_out:
      return failure("nvidia-smi gave no answer within " + seconds(options_.limit) + stuck +
                     last_words(run));
    case CapturedRun::How::flooded:
      return failure("nvidia-smi printed more than " + std::to_string(options_.max_output) +
                     " bytes" + stuck);
    case CapturedRun::How::exited:
      break;
  }
  if (run.code != 0) {
    return failure("nvidia-smi ended with status " + std::to_string(run.code) + last_words(run));
  }
  core::GpuDetection detection = parse_gpu_table(run.output);
  if (!detection.failure) {
    // Apart from the first, so that one that does not know this field is still understood.
    spec.arguments = query("index,pci.bus_id");
    const CapturedRun addresses = run_captured(spec);
    if (addresses.how == CapturedRun::How::exited && addresses.code == 0) {
      add_pci_addresses(detection, addresses.output);
    }
  }
  return detection;
}

std::map<int, core::Megabytes> NvidiaSmiProbe::vram_in_use() {
  CapturedRunSpec spec;
  spec.program = find_nvidia_smi(options_.path).program;
  spec.limit = options_.limit;
  spec.max_output = options_.max_output;
  spec.arguments = query("index,memory.used");
  if (spec.program.empty()) return {};
  const CapturedRun run = run_captured(spec);
  if (run.how != CapturedRun::How::exited || run.code != 0) return {};
  return parse_memory_in_use(run.output);
}

}  // namespace transcribed::adapters
