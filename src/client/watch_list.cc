#include "client/watch_list.h"

#include <algorithm>

namespace transcribed::client {

namespace fs = std::filesystem;

void WatchList::make_ready(const fs::path& path, Entry& entry) {
  if (entry.state == State::ready) return;
  entry.state = State::ready;
  ready_.push_back(path);
}

void WatchList::found(const fs::path& path, const FileVersion& version, Duration age, Time now) {
  const auto [at, is_new] = entries_.try_emplace(path);
  Entry& entry = at->second;
  if (!is_new && entry.state == State::writing) return;  // it will be closed in our sight
  if (!is_new && entry.version == version) {
    const bool rested = now - entry.rests_since >= settle_ || age >= settle_;
    if (entry.state == State::settling && rested) make_ready(path, entry);
    return;
  }
  entry.version = version;
  entry.rests_since = now;
  if (age >= settle_) {
    make_ready(path, entry);
  } else if (entry.state != State::ready) {
    entry.state = State::settling;
  }
}

void WatchList::being_written(const fs::path& path) { entries_[path] = Entry{}; }

void WatchList::complete(const fs::path& path, const FileVersion& version) {
  Entry& entry = entries_[path];
  if (entry.state == State::taken && entry.version == version) return;
  entry.version = version;
  make_ready(path, entry);
}

void WatchList::gone(const fs::path& path) {
  // Also all that a folder of this name held. Paths are ordered part by part, so they follow it.
  auto at = entries_.lower_bound(path);
  while (at != entries_.end()) {
    const auto [rest, ignored] =
        std::mismatch(path.begin(), path.end(), at->first.begin(), at->first.end());
    if (rest != path.end()) break;
    at = entries_.erase(at);
  }
}

void WatchList::doubt(Time now) {
  for (auto& [path, entry] : entries_) {
    if (entry.state != State::writing) continue;
    entry.state = State::settling;
    entry.version.reset();
    entry.rests_since = now;
  }
}

std::optional<fs::path> WatchList::next() {
  while (!ready_.empty()) {
    const fs::path path = std::move(ready_.front());
    ready_.pop_front();
    const auto at = entries_.find(path);
    if (at == entries_.end() || at->second.state != State::ready) continue;
    at->second.state = State::taken;
    return path;
  }
  return std::nullopt;
}

std::vector<fs::path> WatchList::to_look_at(Time now) const {
  std::vector<fs::path> due;
  for (const auto& [path, entry] : entries_) {
    if (entry.state == State::settling && now - entry.rests_since >= settle_) due.push_back(path);
  }
  return due;
}

std::optional<WatchList::Time> WatchList::next_look() const {
  std::optional<Time> first;
  for (const auto& [path, entry] : entries_) {
    if (entry.state != State::settling) continue;
    const Time due = entry.rests_since + settle_;
    if (!first || due < *first) first = due;
  }
  return first;
}

}  // namespace transcribed::client
