#include "client/batch.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "client/batch_facts.h"
#include "client/terminal_text.h"

namespace transcribed::client {

namespace json = boost::json;
using Clock = std::chrono::steady_clock;
using Lock = std::lock_guard<std::mutex>;
using Kind = BatchEvent::Kind;

namespace {

constexpr std::size_t asked_in_front = 4;
constexpr std::size_t asked_in_turn = 6;
constexpr int most_sent_again = 2;
constexpr double progress_step = 0.01;

}  // namespace

Batch::Batch() : wake_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (wake_fd_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

Batch::~Batch() { ::close(wake_fd_); }

void Batch::wake() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t ignored = ::write(wake_fd_, &one, sizeof one);
}

void Batch::add_event(BatchEvent event) {
  events_.push_back(std::move(event));
  wake();
}

Batch::Standing* Batch::find(std::size_t index) {
  const auto found = files_.find(index);
  return found == files_.end() ? nullptr : &found->second;
}

void Batch::set_phase(Standing& standing, FilePhase phase) {
  if (standing.phase == FilePhase::running) --running_;
  if (phase == FilePhase::running) ++running_;
  standing.phase = phase;
  clock_.running(running_, Clock::now());
}

std::size_t Batch::add(PlannedFile plan, std::string name) {
  const Lock lock(mutex_);
  const std::size_t index = added_++;
  files_[index].file =
      std::make_shared<const BatchFile>(BatchFile{std::move(plan), std::move(name)});
  unsent_.insert(index);
  changed_.notify_all();
  return index;
}

void Batch::close() {
  const Lock lock(mutex_);
  closed_ = true;
  changed_.notify_all();
}

std::optional<std::size_t> Batch::next_to_send(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, stop, [this] { return !unsent_.empty() || closed_; });
  if (stop.stop_requested() || unsent_.empty()) return std::nullopt;
  return *unsent_.begin();
}

void Batch::sending(std::size_t index, double fraction) {
  const Lock lock(mutex_);
  Standing* standing = find(index);
  if (standing == nullptr) return;
  const bool begins = standing->phase != FilePhase::sending;
  set_phase(*standing, FilePhase::sending);
  if (begins || fraction - standing->fraction >= progress_step || fraction >= 1) {
    standing->fraction = fraction;
    wake();
  }
}

void Batch::submitted(std::size_t index, const JobInfo& job) {
  const Lock lock(mutex_);
  unsent_.erase(index);
  Standing* standing = find(index);
  if (standing == nullptr) return;
  standing->id = job.id;
  set_phase(*standing, FilePhase::waiting);
  standing->fraction = 0;
  standing->status = "waiting";
  ++submitted_;
  held_up_.clear();
  add_event({Kind::id, escape_controls(job.id), {}});
  const std::string id = escape_controls(job.id);
  // Where the server joined it to a job that was there, that may be far on.
  const bool queued = !job.state || job.state == core::JobState::queued;
  std::string line =
      fmt::format("{}: {} as {}", standing->file->name,
                  queued ? std::string("queued") : escape_controls(job.state_word), id);
  if (!job.reason.empty()) line += fmt::format(" ({})", escape_controls(job.reason));
  json::object facts = file_facts("queued", standing->file->plan.input, job.id);
  facts["reason"] = job.reason.empty() ? json::value(nullptr) : json::value(job.reason);
  add_event({Kind::step, std::move(line), std::move(facts)});
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
  std::vector<Watched> waiting;
  std::size_t running = 0;
  for (const auto& [index, standing] : files_) {
    if (standing.phase == FilePhase::running || standing.phase == FilePhase::collecting) {
      asked.push_back({index, standing.id});
      if (standing.phase == FilePhase::running) ++running;
    } else if (standing.phase == FilePhase::waiting) {
      waiting.push_back({index, standing.id});
    }
  }
  // As many as run may end together, and their successors with them.
  const std::size_t front = std::min(waiting.size(), asked_in_front + running);
  asked.insert(asked.end(), waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(front));
  const std::size_t behind = waiting.size() - front;
  for (std::size_t k = 0; k < std::min(behind, asked_in_turn); ++k) {
    asked.push_back(waiting[front + turn_++ % behind]);
  }
  return asked;
}

bool Batch::update_running(Standing& standing, const JobInfo& job) {
  const auto now = Clock::now();
  const bool begins = standing.phase != FilePhase::running || standing.attempt != job.attempt;
  const std::string status = escape_controls(job.reason);
  if (begins || standing.fraction != job.progress || standing.status != status) wake();
  if (begins) standing.pace = {now, job.progress, job.progress, job.audio_seconds};
  set_phase(standing, FilePhase::running);
  standing.attempt = job.attempt;
  standing.gpu_id = job.gpu_id;
  standing.fraction = job.progress;
  standing.status = status;
  standing.told_left = job.eta_seconds;
  standing.pace.progress = job.progress;
  standing.pace.audio_seconds = job.audio_seconds;
  const Input& input = standing.file->plan.input;
  if (begins) {
    std::string line = fmt::format("{}: running", standing.file->name);
    if (job.gpu_id) line += fmt::format(" on GPU {}", *job.gpu_id);
    if (job.attempt > 1) line += fmt::format(", attempt {}", job.attempt);
    add_event({Kind::step, std::move(line), running_facts(input, job)});
    standing.told_progress = 0;
  }
  if (in_full_ && job.progress - standing.told_progress >= progress_step) {
    standing.told_progress = job.progress;
    json::object facts = file_facts("progress", input, job.id);
    facts["progress"] = job.progress;
    const auto rate = standing.pace.rate(now);
    facts["rate"] = rate ? json::value(*rate) : json::value(nullptr);
    std::optional<double> left = job.eta_seconds;
    if (const auto own = standing.pace.left(now); !left && own) left = own->count();
    facts["seconds_left"] = left ? json::value(*left) : json::value(nullptr);
    add_event({Kind::facts_only, {}, std::move(facts)});
  }
  return begins;
}

bool Batch::update(std::size_t index, const JobInfo& job) {
  const Lock lock(mutex_);
  Standing* standing = find(index);
  if (standing == nullptr) return false;
  if (job.state == core::JobState::running) return update_running(*standing, job);
  // Queued; or a state that this client does not know, which is shown by its word.
  const bool back = standing->phase == FilePhase::running;
  set_phase(*standing, FilePhase::waiting);
  const std::string reason = escape_controls(job.reason);
  const std::string status = job.state != core::JobState::queued ? escape_controls(job.state_word)
                             : reason.empty()                    ? "waiting"
                                                                 : "waiting: " + reason;
  if (standing->status != status || back) wake();
  standing->status = status;
  standing->fraction = 0;
  if (back) {
    const std::string why = job.lost.empty() ? std::string() : job.lost.back().message;
    std::string line = fmt::format("{}: queued again", standing->file->name);
    if (!why.empty()) line += fmt::format(": {}", escape_controls(why));
    add_event({Kind::step, std::move(line),
               problem_facts("queued_again", standing->file->plan.input, job.id, why)});
  }
  return back;
}

void Batch::collecting(std::size_t index, const JobInfo& job) {
  const Lock lock(mutex_);
  Standing* standing = find(index);
  if (standing == nullptr) return;
  if (job.audio_seconds) standing->pace.audio_seconds = job.audio_seconds;
  set_phase(*standing, FilePhase::collecting);
  standing->fraction = 1;
  standing->pace.progress = 1;
  standing->status.clear();
  wake();
}

bool Batch::wait_for_work(const std::stop_token& stop, std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  const auto watchable = [this] {
    return std::any_of(files_.begin(), files_.end(), [](const auto& entry) {
      const FilePhase phase = entry.second.phase;
      return phase == FilePhase::waiting || phase == FilePhase::running ||
             phase == FilePhase::collecting;
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

bool Batch::send_again(std::size_t index, const std::string& why) {
  const Lock lock(mutex_);
  Standing* standing = find(index);
  if (standing == nullptr) return true;
  if (uploads_over_ || ++standing->sent_again > most_sent_again) return false;
  const std::string line = fmt::format("{}: sent again: {}", standing->file->name, why);
  add_event({Kind::step, line,
             problem_facts("queued_again", standing->file->plan.input, standing->id, why)});
  set_phase(*standing, FilePhase::to_send);
  standing->id.clear();
  standing->fraction = 0;
  unsent_.insert(index);
  changed_.notify_all();
  return true;
}

}  // namespace transcribed::client
