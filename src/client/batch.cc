#include "client/batch.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "client/terminal_text.h"

namespace transcribed::client {

using Clock = std::chrono::steady_clock;
using Lock = std::lock_guard<std::mutex>;

namespace {

constexpr std::size_t asked_in_front = 4;
constexpr std::size_t asked_in_turn = 6;

}  // namespace

Batch::Batch(std::vector<std::string> names)
    : names_(std::move(names)), size_(names_.size()), files_(size_) {
  wake_fd_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake_fd_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

Batch::~Batch() { ::close(wake_fd_); }

void Batch::wake() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t ignored = ::write(wake_fd_, &one, sizeof one);
}

void Batch::add(BatchEvent event) {
  events_.push_back(std::move(event));
  wake();
}

void Batch::sending(std::size_t index, double fraction) {
  const Lock lock(mutex_);
  File& file = files_[index];
  if (has_ended(file.phase)) return;
  const bool begins = file.phase != FilePhase::sending;
  file.phase = FilePhase::sending;
  if (begins || fraction - file.fraction >= 0.01 || fraction >= 1) {
    file.fraction = fraction;
    wake();
  }
}

void Batch::submitted(std::size_t index, const JobInfo& job) {
  const Lock lock(mutex_);
  File& file = files_[index];
  file.id = job.id;
  file.phase = FilePhase::waiting;
  file.fraction = 0;
  file.status = "waiting";
  ++submitted_;
  add({BatchEvent::Kind::id, escape_controls(job.id)});
  std::string line = fmt::format("{}: queued as {}", names_[index], escape_controls(job.id));
  if (!job.reason.empty()) line += fmt::format(" ({})", escape_controls(job.reason));
  add({BatchEvent::Kind::step, std::move(line)});
  changed_.notify_all();
}

void Batch::uploads_over() {
  const Lock lock(mutex_);
  uploads_over_ = true;
  changed_.notify_all();
}

std::vector<Batch::Watched> Batch::to_ask() {
  const Lock lock(mutex_);
  std::vector<Watched> asked;
  std::vector<std::size_t> waiting;
  std::size_t running = 0;
  for (std::size_t i = 0; i < size_; ++i) {
    const File& file = files_[i];
    if (file.phase == FilePhase::running || file.phase == FilePhase::collecting) {
      asked.push_back({i, file.id});
      if (file.phase == FilePhase::running) ++running;
    } else if (file.phase == FilePhase::waiting) {
      waiting.push_back(i);
    }
  }
  // As many as run may end together, and their successors with them.
  const std::size_t front = std::min(waiting.size(), asked_in_front + running);
  for (std::size_t k = 0; k < front; ++k) asked.push_back({waiting[k], files_[waiting[k]].id});
  const std::size_t behind = waiting.size() - front;
  for (std::size_t k = 0; k < std::min(behind, asked_in_turn); ++k) {
    const std::size_t i = waiting[front + turn_++ % behind];
    asked.push_back({i, files_[i].id});
  }
  return asked;
}

bool Batch::update(std::size_t index, const JobInfo& job) {
  const Lock lock(mutex_);
  File& file = files_[index];
  if (has_ended(file.phase)) return false;
  const std::string reason = escape_controls(job.reason);
  if (job.state == core::JobState::running) {
    const bool begins = file.phase != FilePhase::running || file.attempt != job.attempt;
    if (begins) file.running_since = Clock::now();
    file.phase = FilePhase::running;
    file.attempt = job.attempt;
    file.gpu_id = job.gpu_id;
    const std::string status = reason;
    if (begins || file.fraction != job.progress || file.status != status) wake();
    file.fraction = job.progress;
    file.status = status;
    if (!begins) return false;
    std::string line = fmt::format("{}: running", names_[index]);
    if (job.gpu_id) line += fmt::format(" on GPU {}", *job.gpu_id);
    if (job.attempt > 1) line += fmt::format(", attempt {}", job.attempt);
    add({BatchEvent::Kind::step, std::move(line)});
    return true;
  }
  // Queued; or a state that this client does not know, which is shown by its word.
  const bool back = file.phase == FilePhase::running;
  file.phase = FilePhase::waiting;
  const bool queued = job.state == core::JobState::queued;
  const std::string status =
      queued ? reason.empty() ? "waiting" : "waiting: " + reason : escape_controls(job.state_word);
  if (file.status != status || back) wake();
  file.status = status;
  file.fraction = 0;
  if (back) {
    std::string line = fmt::format("{}: queued again", names_[index]);
    if (!job.lost.empty()) line += fmt::format(": {}", escape_controls(job.lost.back().message));
    add({BatchEvent::Kind::step, std::move(line)});
  }
  return back;
}

void Batch::collecting(std::size_t index) {
  const Lock lock(mutex_);
  File& file = files_[index];
  file.phase = FilePhase::collecting;
  file.fraction = 1;
  file.status.clear();
  wake();
}

bool Batch::wait_for_work(std::stop_token stop, std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  const auto watchable = [this] {
    return std::any_of(files_.begin(), files_.end(), [](const File& file) {
      return file.phase == FilePhase::waiting || file.phase == FilePhase::running ||
             file.phase == FilePhase::collecting;
    });
  };
  if (watchable()) {
    if (limit.count() > 0) {
      changed_.wait_for(lock, stop, limit, [] { return false; });
    }
    return !stop.stop_requested();
  }
  changed_.wait(lock, stop, [&] { return watchable() || uploads_over_; });
  return !stop.stop_requested() && watchable();
}

void Batch::end(std::size_t index, FilePhase phase, BatchEvent event) {
  File& file = files_[index];
  if (has_ended(file.phase)) return;
  file.phase = phase;
  add(std::move(event));
}

void Batch::done(std::size_t index, const std::string& where) {
  const Lock lock(mutex_);
  end(index, FilePhase::done,
      {BatchEvent::Kind::end, where.empty() ? fmt::format("{}: done", names_[index])
                                            : fmt::format("{}: done, {}", names_[index], where)});
}

void Batch::failed(std::size_t index, const std::string& sentence) {
  const Lock lock(mutex_);
  end(index, FilePhase::failed,
      {BatchEvent::Kind::problem, fmt::format("{}: failed: {}", names_[index], sentence)});
}

void Batch::cancelled(std::size_t index) {
  const Lock lock(mutex_);
  end(index, FilePhase::cancelled,
      {BatchEvent::Kind::problem, fmt::format("{}: cancelled", names_[index])});
}

void Batch::give_up_unsent(std::size_t first, const std::string& sentence) {
  const Lock lock(mutex_);
  std::size_t count = 0;
  for (std::size_t i = first; i < size_; ++i) {
    if (files_[i].phase != FilePhase::to_send && files_[i].phase != FilePhase::sending) continue;
    files_[i].phase = FilePhase::failed;
    ++count;
  }
  if (count == 0) return;
  add({BatchEvent::Kind::problem,
       fmt::format("{} not submitted: {}", count_of(count, "file was", "files were"), sentence)});
}

void Batch::give_up(const std::string& sentence) {
  const Lock lock(mutex_);
  std::size_t count = 0;
  for (File& file : files_) {
    if (has_ended(file.phase)) continue;
    file.phase = FilePhase::failed;
    ++count;
  }
  if (count == 0) return;
  add({BatchEvent::Kind::problem,
       fmt::format("{} given up: {}", count_of(count, "file was", "files were"), sentence)});
}

void Batch::trouble(const std::string& sentence) {
  const Lock lock(mutex_);
  if (trouble_ == sentence) return;
  trouble_ = sentence;
  add({BatchEvent::Kind::notice, sentence});
}

void Batch::trouble_over(const std::string& sentence) {
  const Lock lock(mutex_);
  if (trouble_.empty()) return;
  trouble_.clear();
  add({BatchEvent::Kind::notice, sentence});
}

void Batch::transcript(const std::string& text) {
  const Lock lock(mutex_);
  add({BatchEvent::Kind::transcript, escape_controls(text, Newlines::keep)});
}

std::vector<BatchEvent> Batch::take_events() {
  const Lock lock(mutex_);
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t ignored = ::read(wake_fd_, &count, sizeof count);
  return std::exchange(events_, {});
}

std::string Batch::row_status(const File& file) const {
  if (file.phase == FilePhase::sending) return "sending";
  if (file.phase == FilePhase::collecting) return "fetching the transcript";
  if (file.phase != FilePhase::running) return file.status;
  std::string status = file.gpu_id ? fmt::format("GPU {}", *file.gpu_id) : "running";
  if (file.attempt > 1) status += fmt::format(", attempt {}", file.attempt);
  const auto elapsed =
      std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - file.running_since);
  status += ", " + clock_duration(elapsed);
  if (file.fraction >= 0.05 && file.fraction < 1 && elapsed.count() >= 3) {
    const double left = static_cast<double>(elapsed.count()) * (1 - file.fraction) / file.fraction;
    status += fmt::format(", about {} left",
                          clock_duration(std::chrono::seconds(static_cast<long long>(left))));
  }
  if (file.fraction == 0 && !file.status.empty()) status += ", " + file.status;
  return status;
}

ProgressView Batch::view(std::size_t max_rows) {
  const PhaseCounts counted = counts();
  const Lock lock(mutex_);
  ProgressView view;
  view.counts = counted;
  view.trouble = trouble_;
  std::vector<FilePhase> phases;
  phases.reserve(size_);
  for (const File& file : files_) phases.push_back(file.phase);
  for (const std::size_t i : choose_rows(phases, max_rows)) {
    const File& file = files_[i];
    view.rows.push_back({names_[i], file.phase, file.fraction, row_status(file)});
  }
  return view;
}

PhaseCounts Batch::counts() const {
  const Lock lock(mutex_);
  PhaseCounts counts;
  for (const File& file : files_) {
    switch (file.phase) {
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
        ++counts.done;
        break;
      case FilePhase::failed:
        ++counts.failed;
        break;
      case FilePhase::cancelled:
        ++counts.cancelled;
        break;
    }
  }
  return counts;
}

bool Batch::all_ended() const { return counts().unfinished() == 0; }

FilePhase Batch::phase(std::size_t index) const {
  const Lock lock(mutex_);
  return files_[index].phase;
}

std::vector<Batch::Unfinished> Batch::unfinished() const {
  const Lock lock(mutex_);
  std::vector<Unfinished> open;
  for (std::size_t i = 0; i < size_; ++i) {
    if (!has_ended(files_[i].phase)) open.push_back({i, files_[i].id, files_[i].phase});
  }
  return open;
}

std::size_t Batch::submitted_count() const {
  const Lock lock(mutex_);
  return submitted_;
}

}  // namespace transcribed::client
