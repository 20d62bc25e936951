// The head of the queue in memory: a window of the queued jobs, in order, of which the first are
// armed (their next attempt is on disk already). The rest of the queue stays in the store and is
// read on when the window runs low. Pure bookkeeping; the JobManager talks to the store. Loop
// thread.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/job.h"
#include "core/line_waits.h"

namespace transcribed::scheduler {

class JobQueue {
 public:
  enum class Arming { no, asked, armed };
  struct Entry {
    core::Job job;
    Arming arming = Arming::no;
    core::InLine in_line = {};
    bool told_busy = false;  // the log said that it waits for a slot
  };

  // Jobs in memory beyond which the last ones are dropped again, and below which more are read.
  static constexpr std::size_t high_water = 2000;
  static constexpr std::size_t low_water = 500;
  static constexpr int read_at_once = 1000;

  // The job is on disk as queued. It enters the window if its place is there; else it is read
  // later.
  void add(core::Job job, Arming arming, core::InLine in_line = {});
  // Puts back what was taken out a moment ago.
  void restore(Entry entry) { place(std::move(entry)); }
  // A finished read_queue(): `jobs` from after(), fewer than `limit` when the queue ends there.
  // `waited`: what the head of the line has waited for by now.
  void add_read(std::vector<core::Job> jobs, int limit, core::LineSeconds waited = {});
  // Jobs that were passed by may be wanted again: the queue is read from its start. What is in
  // memory stays as it is.
  void read_again();
  // Whether more should be read now; call begin_read() before asking the store.
  bool wants_read() const { return !reading_ && more_on_disk_ && window_.size() < low_water; }
  // Where to read on.
  std::optional<core::QueueKey> begin_read();

  bool empty() const { return window_.empty(); }
  std::size_t size() const { return window_.size(); }
  Entry* head() { return window_.empty() ? nullptr : &window_.begin()->second; }
  // The first place of all in memory, held or not.
  std::optional<core::QueueKey> first() const;
  Entry* find(core::JobId id);
  const Entry* find(core::JobId id) const;
  // Takes the job out, held or not; nothing if it is not in memory.
  std::optional<Entry> take(core::JobId id);
  // How many jobs in the window come before it, or, of one that is held, how many that are held
  // with it; nothing if it is not in memory.
  std::optional<std::size_t> position(core::JobId id) const;

  // Jobs whose owner may run no more of them now are held, so that those behind them come to the
  // head. Takes the job out of the window until release().
  void hold(core::JobId id);
  // The first `count` of an owner's held jobs are in line again.
  void release(const std::string& owner, std::size_t count);
  bool is_held(core::JobId id) const;
  // The first jobs in order that are not armed yet, so that `ahead` in all are or will be; marks
  // them as asked.
  std::vector<core::Job> next_to_arm(std::size_t ahead);
  // Whether a new job would be among the first `ahead`, and so may be stored armed.
  bool would_be_armed(std::size_t ahead) const { return !more_on_disk_ && window_.size() < ahead; }

 private:
  using Entries = std::map<core::QueueKey, Entry>;
  // Of one owner. What is more than most_held stays on disk only.
  struct Held {
    Entries entries;
    bool more_on_disk = false;
  };
  static constexpr std::size_t most_held = 1000;

  void place(Entry entry);
  void drop_tail();
  // Where the job is; nothing if it is not in memory.
  Entries* entries_with(core::JobId id, const core::QueueKey& key);
  const Entries* entries_with(core::JobId id, const core::QueueKey& key) const {
    return const_cast<JobQueue*>(this)->entries_with(id, key);
  }

  Entries window_;
  std::map<std::string, Held> held_;                      // by owner
  std::unordered_map<core::JobId, core::QueueKey> keys_;  // of all in memory
  std::size_t arming_ = 0;                                // entries of the window asked or armed
  // Every queued job up to this place has been read. Nothing: none has.
  std::optional<core::QueueKey> read_up_to_;
  bool more_on_disk_ = true;
  bool reading_ = false;
  bool read_again_ = false;  // once the read under way is done
  // What was added while a read was under way, which may or may not have seen it.
  std::vector<Entry> added_meanwhile_;
};

}  // namespace transcribed::scheduler
