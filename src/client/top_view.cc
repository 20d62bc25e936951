#include "client/top_view.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <span>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "client/job_text.h"
#include "client/progress_view.h"
#include "client/terminal_text.h"
#include "client/work_meter.h"

namespace transcribed::client {
namespace {

using Table = std::vector<std::vector<std::string>>;
using Lines = std::vector<std::string>;

constexpr int slot_bar_most = 12;
constexpr int ram_bar = 20;
constexpr std::size_t waiting_without_limit = 20;  // where no terminal sets one

Lines lines_of(const Table& table, int columns) {
  const std::string text = render_table(table, columns);
  Lines lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

std::string slots_text(const GpuInfo& gpu, bool unicode) {
  if (!gpu.enabled) return "set aside";
  const int columns = static_cast<int>(std::clamp<long long>(gpu.slots_max, 0, slot_bar_most));
  const double share =
      gpu.slots_max > 0 ? static_cast<double>(gpu.slots_used) / static_cast<double>(gpu.slots_max)
                        : 0;
  std::string text = fmt::format("[{}] {} of {} slots", render_bar(share, columns, unicode),
                                 gpu.slots_used, gpu.slots_max);
  if (gpu.slots_quarantined > 0) text += fmt::format(", {} quarantined", gpu.slots_quarantined);
  return text;
}

std::string vram_text(const GpuInfo& gpu) {
  if (gpu.total_mb <= 0) return "VRAM unknown";
  if (!gpu.vram_used_mb) return core::as_gb(gpu.total_mb);
  return fmt::format("{} of {} granted", core::as_gb_number(*gpu.vram_used_mb),
                     core::as_gb(gpu.total_mb));
}

std::string loaded_text(const GpuInfo& gpu) {
  std::string text;
  for (const LoadedInfo& process : gpu.loaded) {
    text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", escape_controls(process.model),
                        process.jobs == 0
                            ? "idle"
                            : count_of(static_cast<std::size_t>(process.jobs), "job", "jobs"));
  }
  return text;
}

std::string gb_or_unknown(const std::optional<core::Megabytes>& mb) {
  return mb ? core::as_gb(*mb) : std::string("?");
}

std::string ram_line(const MachineInfo& machine, bool unicode) {
  std::string line = "RAM";
  if (machine.ram_mb && machine.ram_available_mb && *machine.ram_mb > 0) {
    const double used =
        1 - static_cast<double>(*machine.ram_available_mb) / static_cast<double>(*machine.ram_mb);
    line += fmt::format(" [{}]", render_bar(used, ram_bar, unicode));
  }
  line += fmt::format(" {} of {} available", gb_or_unknown(machine.ram_available_mb),
                      gb_or_unknown(machine.ram_mb));
  if (machine.ram_promised_mb.value_or(0) > 0) {
    line += fmt::format(", {} of it promised", core::as_gb(*machine.ram_promised_mb));
  }
  if (machine.ram_min_mb.value_or(0) > 0) {
    line += fmt::format("; a job starts while {} are left", core::as_gb(*machine.ram_min_mb));
    const auto left = machine.ram_available_mb.value_or(0) - machine.ram_promised_mb.value_or(0);
    if (machine.ram_available_mb && left < *machine.ram_min_mb) line += ": LOW";
  }
  return line;
}

Lines machine_lines(const TopPicture& picture, int columns, bool unicode) {
  const MachineInfo& machine = picture.machine;
  Lines lines;
  Table gpus;
  for (const GpuInfo& gpu : machine.gpus) {
    gpus.push_back({fmt::format("GPU {}", gpu.id), escape_controls(gpu.name),
                    slots_text(gpu, unicode), vram_text(gpu), loaded_text(gpu)});
  }
  lines = lines_of(gpus, columns);
  lines.push_back(ram_line(machine, unicode));
  lines.push_back(
      fmt::format("{} running, {} waiting", picture.running.size(),
                  std::max(machine.pending_jobs, static_cast<long long>(picture.waiting.size()))));
  return lines;
}

Table running_table(std::span<const JobInfo> jobs, core::WallTime now, bool unicode) {
  Table rows{{"RUNNING", "GPU", "DONE", "RATE", "LEFT", "MODEL", "NAME"}};
  for (const JobInfo& job : jobs) {
    std::string rate;
    std::string left;
    const auto started = parse_rfc3339(job.started_at);
    if (started) {
      // As if it had been watched since its start.
      RunPace pace{SteadyTime{}, 0, job.progress, job.audio_seconds};
      const SteadyTime elapsed = SteadyTime{} + (now - *started);
      rate = rate_text(pace.rate(elapsed));
      std::optional<Seconds> rest = pace.left(elapsed);
      if (job.eta_seconds) rest = Seconds(*job.eta_seconds);
      if (rest) left = clock_duration(std::chrono::duration_cast<std::chrono::seconds>(*rest));
    }
    rows.push_back({escape_controls(job.id), job.gpu_id ? std::to_string(*job.gpu_id) : "-",
                    fmt::format("[{}] {:3d} %", render_bar(job.progress, 10, unicode),
                                static_cast<int>(std::floor(job.progress * 100 + 1e-9))),
                    rate.empty() ? "-" : rate, left.empty() ? "-" : left,
                    escape_controls(job.model), escape_controls(job.name)});
  }
  return rows;
}

Table waiting_table(std::span<const JobInfo> jobs, core::WallTime now) {
  Table rows{{"WAITING", "PRIORITY", "FOR", "MODEL", "NAME", "WHY"}};
  for (const JobInfo& job : jobs) {
    const auto created = parse_rfc3339(job.created_at);
    rows.push_back(
        {escape_controls(job.id), std::to_string(job.priority),
         created ? rough_duration(std::chrono::duration_cast<std::chrono::seconds>(now - *created))
                 : "-",
         escape_controls(job.model), cut_to_width(escape_controls(job.name), 40),
         escape_controls(job.reason)});
  }
  return rows;
}

// A table of some of `all` jobs and what is left out, below a blank line.
void append_jobs(Lines& lines, const Table& table, int columns, std::size_t all) {
  const std::size_t shown = table.size() - 1;
  if (shown == 0) return;
  lines.emplace_back();
  const Lines rows = lines_of(table, columns);
  lines.insert(lines.end(), rows.begin(), rows.end());
  if (shown < all) lines.push_back(fmt::format("and {} more", all - shown));
}

}  // namespace

void sort_waiting(std::vector<JobInfo>& jobs, const std::string& next_job_id) {
  std::stable_sort(jobs.begin(), jobs.end(), [&](const JobInfo& a, const JobInfo& b) {
    const auto key = [&](const JobInfo& job) {
      return std::make_tuple(job.id != next_job_id, -job.priority, job.created_at, job.id);
    };
    return key(a) < key(b);
  });
}

Lines render_top(const TopPicture& picture, core::WallTime now, const TopSize& size, bool unicode) {
  Lines lines{fmt::format("transcribed at {}", picture.server)};
  if (!picture.trouble.empty()) lines.push_back("! " + picture.trouble);
  const Lines machine = machine_lines(picture, size.columns, unicode);
  lines.insert(lines.end(), machine.begin(), machine.end());
  const std::size_t all_waiting =
      std::max(picture.waiting.size(),
               static_cast<std::size_t>(std::max(0LL, picture.machine.pending_jobs)));
  std::size_t for_running = picture.running.size();
  std::size_t for_waiting = std::min(picture.waiting.size(), waiting_without_limit);
  if (size.rows > 0) {
    // Each table takes a blank line, its head and a line for what is left out.
    constexpr std::size_t around = 3;
    std::size_t left = size.rows > lines.size() ? size.rows - lines.size() : 0;
    for_running = std::min(for_running, left > around ? left - around : 0);
    if (for_running > 0) left -= std::min(left, for_running + around);
    for_waiting = std::min(picture.waiting.size(), left > around ? left - around : 0);
  }
  const std::span<const JobInfo> running(picture.running);
  const std::span<const JobInfo> waiting(picture.waiting);
  append_jobs(lines, running_table(running.first(for_running), now, unicode), size.columns,
              running.size());
  append_jobs(lines, waiting_table(waiting.first(for_waiting), now), size.columns, all_waiting);
  if (size.rows > 0 && lines.size() > size.rows) lines.resize(size.rows);
  if (size.columns > 0) {
    for (std::string& line : lines) line = cut_to_width(line, size.columns);
  }
  return lines;
}

}  // namespace transcribed::client
