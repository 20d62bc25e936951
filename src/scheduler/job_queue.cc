#include "scheduler/job_queue.h"

#include <iterator>
#include <utility>

namespace transcribed::scheduler {

void JobQueue::place(Entry entry) {
  if (keys_.contains(entry.job.id)) return;
  if (entry.arming != Arming::no) ++arming_;
  const core::QueueKey key = entry.job.queue;
  keys_[entry.job.id] = key;
  window_.emplace(key, std::move(entry));
}

void JobQueue::add(core::Job job, Arming arming, core::InLine in_line) {
  // An armed job must be in memory: nobody reads it from the store again.
  const bool beyond =
      more_on_disk_ && (!read_up_to_ || *read_up_to_ < job.queue) && arming == Arming::no;
  if (!beyond) {
    place({std::move(job), arming, in_line});
    if (window_.size() > high_water) drop_tail();
  } else if (reading_) {
    added_meanwhile_.push_back({std::move(job), arming, in_line});
  }
}

std::optional<core::QueueKey> JobQueue::begin_read() {
  reading_ = true;
  return read_up_to_;
}

void JobQueue::add_read(std::vector<core::Job> jobs, int limit, core::LineSeconds waited) {
  reading_ = false;
  more_on_disk_ = static_cast<int>(jobs.size()) >= limit;
  for (const core::Job& job : jobs) {
    if (!read_up_to_ || *read_up_to_ < job.queue) read_up_to_ = job.queue;
  }
  // These first: the read may have seen them as they were before their last attempt.
  for (Entry& entry : std::exchange(added_meanwhile_, {})) {
    if (!more_on_disk_ || entry.job.queue <= *read_up_to_) place(std::move(entry));
  }
  for (core::Job& job : jobs) {
    core::InLine in_line{.since = {}, .before = waited};
    if (job.attempt == 0) in_line.since = job.created_at;
    place({std::move(job), Arming::no, in_line});
  }
  if (std::exchange(read_again_, false)) read_again();
}

void JobQueue::read_again() {
  if (reading_) {
    read_again_ = true;
    return;
  }
  read_up_to_.reset();
  more_on_disk_ = true;
}

void JobQueue::drop_tail() {
  while (window_.size() > high_water / 2) {
    const auto last = std::prev(window_.end());
    if (last->second.arming != Arming::no) return;
    keys_.erase(last->second.job.id);
    window_.erase(last);
    const core::QueueKey& kept = std::prev(window_.end())->first;
    if (!more_on_disk_ || (read_up_to_ && kept < *read_up_to_)) read_up_to_ = kept;
    more_on_disk_ = true;
  }
}

JobQueue::Entries* JobQueue::entries_with(core::JobId id, const core::QueueKey& key) {
  const auto in_window = window_.find(key);
  if (in_window != window_.end() && in_window->second.job.id == id) return &window_;
  for (auto& [owner, held] : held_) {
    if (held.entries.contains(key)) return &held.entries;
  }
  return nullptr;
}

JobQueue::Entry* JobQueue::find(core::JobId id) {
  const auto key = keys_.find(id);
  return key == keys_.end() ? nullptr : &entries_with(id, key->second)->at(key->second);
}

const JobQueue::Entry* JobQueue::find(core::JobId id) const {
  const auto key = keys_.find(id);
  return key == keys_.end() ? nullptr : &entries_with(id, key->second)->at(key->second);
}

std::optional<JobQueue::Entry> JobQueue::take(core::JobId id) {
  const auto key = keys_.find(id);
  if (key == keys_.end()) return std::nullopt;
  Entries* entries = entries_with(id, key->second);
  auto node = entries->extract(key->second);
  keys_.erase(key);
  if (entries == &window_ && node.mapped().arming != Arming::no) --arming_;
  return std::move(node.mapped());
}

std::optional<std::size_t> JobQueue::position(core::JobId id) const {
  const auto key = keys_.find(id);
  if (key == keys_.end()) return std::nullopt;
  const Entries* entries = entries_with(id, key->second);
  return static_cast<std::size_t>(std::distance(entries->begin(), entries->find(key->second)));
}

std::optional<core::QueueKey> JobQueue::first() const {
  std::optional<core::QueueKey> first;
  if (!window_.empty()) first = window_.begin()->first;
  for (const auto& [owner, held] : held_) {
    if (held.entries.empty()) continue;
    const core::QueueKey& key = held.entries.begin()->first;
    if (!first || key < *first) first = key;
  }
  return first;
}

void JobQueue::hold(core::JobId id) {
  std::optional<Entry> entry = take(id);
  Held& held = held_[entry->job.owner];
  // An armed job must be in memory: nobody reads it from the store again.
  if (held.entries.size() >= most_held && entry->arming == Arming::no) {
    held.more_on_disk = true;
    return;
  }
  const core::QueueKey key = entry->job.queue;
  keys_[id] = key;
  held.entries.emplace(key, std::move(*entry));
}

void JobQueue::release(const std::string& owner, std::size_t count) {
  const auto at = held_.find(owner);
  if (at == held_.end()) return;
  Held& held = at->second;
  for (; count > 0 && !held.entries.empty(); --count) {
    auto node = held.entries.extract(held.entries.begin());
    keys_.erase(node.mapped().job.id);
    place(std::move(node.mapped()));
  }
  if (!held.entries.empty()) return;
  const bool more = held.more_on_disk;
  held_.erase(at);
  if (more) read_again();
}

bool JobQueue::is_held(core::JobId id) const {
  const auto key = keys_.find(id);
  return key != keys_.end() && entries_with(id, key->second) != &window_;
}

std::vector<core::Job> JobQueue::next_to_arm(std::size_t ahead) {
  std::vector<core::Job> out;
  // Looked at in batches, so that a queue of short jobs is not walked at each start. The head
  // itself never waits for a batch to be worth it.
  const bool head_waits = !window_.empty() && window_.begin()->second.arming == Arming::no;
  if (arming_ >= window_.size() || (arming_ > ahead / 2 && !head_waits)) return out;
  std::size_t seen = 0;
  for (auto& [key, entry] : window_) {
    if (seen++ == ahead) break;
    if (entry.arming != Arming::no) continue;
    entry.arming = Arming::asked;
    ++arming_;
    out.push_back(entry.job);
  }
  return out;
}

}  // namespace transcribed::scheduler
