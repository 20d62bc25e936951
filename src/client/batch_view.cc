// What a batch looks like: bars, the total, counts.
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include <fmt/format.h>

#include "client/batch.h"
#include "client/terminal_text.h"

namespace transcribed::client {

using Clock = std::chrono::steady_clock;
using Lock = std::lock_guard<std::mutex>;

namespace {

// The pace of the first seconds says little about the rest.
constexpr Seconds least_busy{3};

}  // namespace

std::size_t Batch::added() const {
  const Lock lock(mutex_);
  return added_;
}

const Batch::Standing* Batch::find(std::size_t index) const {
  const auto found = files_.find(index);
  return found == files_.end() ? nullptr : &found->second;
}

std::shared_ptr<const BatchFile> Batch::file(std::size_t index) const {
  const Lock lock(mutex_);
  const Standing* standing = find(index);
  return standing == nullptr ? nullptr : standing->file;
}

std::vector<BatchEvent> Batch::take_events() {
  const Lock lock(mutex_);
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t ignored = ::read(wake_fd_, &count, sizeof count);
  return std::exchange(events_, {});
}

std::string Batch::row_status(const Standing& standing) const {
  if (standing.phase == FilePhase::sending) return "sending";
  if (standing.phase == FilePhase::collecting) return "fetching the transcript";
  if (standing.phase != FilePhase::running) return standing.status;
  const auto now = Clock::now();
  std::string status = standing.gpu_id ? fmt::format("GPU {}", *standing.gpu_id) : "running";
  if (standing.attempt > 1) status += fmt::format(", attempt {}", standing.attempt);
  status += ", " + clock_duration(
                       std::chrono::duration_cast<std::chrono::seconds>(now - standing.pace.since));
  if (const std::string rate = rate_text(standing.pace.rate(now)); !rate.empty()) {
    status += ", " + rate;
  }
  std::optional<Seconds> left = standing.pace.left(now);
  if (standing.told_left) left = Seconds(*standing.told_left);
  if (left) {
    status += fmt::format(", about {} left",
                          clock_duration(std::chrono::duration_cast<std::chrono::seconds>(*left)));
  }
  if (standing.fraction == 0 && !standing.status.empty()) status += ", " + standing.status;
  return status;
}

// Weighed by bytes: what a file takes is known long before anybody knows how long it plays.
TotalView Batch::total() const {
  double open = 0;
  double left = 0;
  double heard = heard_bytes_;
  bool all_known = true;
  for (const auto& [index, standing] : files_) {
    const auto size = static_cast<double>(standing.file->plan.size);
    const bool at_work =
        standing.phase == FilePhase::running || standing.phase == FilePhase::collecting;
    const double through = at_work ? standing.fraction : 0;
    if (size == 0) all_known = false;
    open += size;
    left += size * (1 - through);
    if (at_work) heard += size * std::max(0.0, through - standing.pace.from);
  }
  TotalView total;
  // Of what grows without an end, no part is ever through.
  if (closed_ && added_ > 1 && all_known && ended_bytes_ + open > 0) {
    total.fraction = (ended_bytes_ + open - left) / (ended_bytes_ + open);
  }
  total.rate = total_rate();
  const Seconds busy = clock_.busy(Clock::now());
  if (added_ > 1 && all_known && busy >= least_busy && heard > 0 && left > 0) {
    total.left = Seconds(left * busy.count() / heard);
  }
  return total;
}

std::optional<double> Batch::total_rate() const {
  const Seconds busy = clock_.busy(Clock::now());
  double heard = heard_seconds_;
  for (const auto& [index, standing] : files_) {
    const RunPace& pace = standing.pace;
    if (standing.phase != FilePhase::running && standing.phase != FilePhase::collecting) continue;
    heard += pace.audio_seconds.value_or(0) * std::max(0.0, pace.progress - pace.from);
  }
  if (busy < least_busy || heard <= 0) return std::nullopt;
  return heard / busy.count();
}

std::optional<double> Batch::rate() const {
  const Lock lock(mutex_);
  return total_rate();
}

ProgressView Batch::view(std::size_t max_rows) {
  ProgressView view;
  view.counts = counts();
  const Lock lock(mutex_);
  view.trouble = trouble_.empty() ? held_up_ : trouble_;
  view.total = total();
  std::vector<FilePhase> phases;
  std::vector<const Standing*> standings;
  for (const auto& [index, standing] : files_) {
    phases.push_back(standing.phase);
    standings.push_back(&standing);
  }
  for (const std::size_t i : choose_rows(phases, max_rows)) {
    const Standing& standing = *standings[i];
    view.rows.push_back(
        {standing.file->name, standing.phase, standing.fraction, row_status(standing)});
  }
  return view;
}

PhaseCounts Batch::counts() const {
  const Lock lock(mutex_);
  PhaseCounts counts = ended_;
  for (const auto& [index, standing] : files_) {
    switch (standing.phase) {
      case FilePhase::to_send:
      case FilePhase::sending:
        ++counts.to_send;
        break;
      case FilePhase::waiting:
        ++counts.waiting;
        break;
      case FilePhase::running:
      case FilePhase::collecting:
        ++counts.running;
        break;
      case FilePhase::done:
      case FilePhase::failed:
      case FilePhase::cancelled:
        break;  // those are counted in ended_
    }
  }
  return counts;
}

std::vector<Batch::Unfinished> Batch::unfinished() const {
  const Lock lock(mutex_);
  std::vector<Unfinished> open;
  for (const auto& [index, standing] : files_) {
    open.push_back({index, standing.file->name, standing.id, standing.phase});
  }
  return open;
}

std::size_t Batch::submitted_count() const {
  const Lock lock(mutex_);
  return submitted_;
}

boost::json::object Batch::result() const {
  const PhaseCounts ended = counts();
  const Lock lock(mutex_);
  const auto rate = total_rate();
  boost::json::object facts{{"event", "result"},
                            {"done", ended.done},
                            {"failed", ended.failed},
                            {"cancelled", ended.cancelled},
                            {"unfinished", ended.unfinished()}};
  facts["audio_seconds"] = heard_seconds_;
  facts["rate"] = rate ? boost::json::value(*rate) : boost::json::value(nullptr);
  return facts;
}

}  // namespace transcribed::client
