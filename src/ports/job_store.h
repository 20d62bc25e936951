// Where jobs live. What a callback confirms is on disk and survives kill -9 and power loss.
//
// Writes are queued, carried out in the order they were asked for, and many are made durable
// together (group commit). `Done` callbacks come on the loop thread, in the same order. A write
// that could not be made durable (disk full, I/O error) says so, has changed nothing, and may be
// repeated.
//
// A row's states are those of core::JobState, and one more that no user sees: *armed*. An armed job
// is queued, but its next attempt is already on disk, so that it can start the moment a slot is
// free without waiting for the disk. It reads as `queued`, without the attempt that has not begun.
// After a crash it counts as never started.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/fair_share.h"
#include "core/job.h"
#include "core/transcript.h"
#include "core/vram_cost.h"

namespace transcribed::ports {

enum class WriteResult {
  ok,
  stale,     // the job is not in the state, or not at the attempt, that the write names
  outdated,  // what the write replaces has been changed since it was read
  not_found,
  disk_full,
  io_error,
};

// Nothing was changed, and the same write may be asked for again.
inline bool failed_to_write(WriteResult result) {
  return result == WriteResult::disk_full || result == WriteResult::io_error;
}

using Done = std::function<void(WriteResult)>;

// An event that a URL is to be told of.
struct Webhook {
  std::string event_id;
  std::string url;
  std::string body;      // as it is signed and sent
  bool trusted = false;  // the URL is the configuration's: it may be any machine

  bool operator==(const Webhook&) const = default;
};
// One that is still to be delivered.
struct Delivery {
  std::int64_t id = 0;
  Webhook webhook;
  int attempts = 0;
  core::WallTime due{};  // of the next attempt

  bool operator==(const Delivery&) const = default;
};

// How a job ended.
struct JobEnd {
  core::JobState state = core::JobState::completed;  // completed | failed | cancelled
  core::WallTime ended_at{};
  std::optional<core::Failure> failure;  // of failed
  // Of completed. Its language and duration become the job's where it knows them.
  std::optional<core::Transcript> transcript;
  std::vector<core::LostAttempt> lost;  // all of them, replacing what is stored
  // On disk with the end, due at `ended_at`: whoever is to be told of it is.
  std::vector<Webhook> webhooks = {};
};

// When and where an attempt began; stored with the attempt's end if it was not before.
struct AttemptStart {
  core::WallTime started_at{};
  int gpu_id = 0;
};

struct ListQuery {
  std::optional<core::JobState> state;
  std::optional<std::string> model;
  // A part of the name; large and small letters of ASCII are the same. Empty: any name.
  std::string search;
  // Newest first; jobs strictly older than this one.
  std::optional<core::JobId> before;
  int limit = 50;
};

// What a start-up finds, after recovery.
struct StoreSummary {
  std::int64_t queued = 0;
  core::JobId last_id;                   // the highest id ever used
  std::vector<core::FlowTail> flows;     // the last place that each flow was given
  std::map<std::string, int> queued_of;  // by owner, of those that have any queued
  std::vector<core::LineHead> heads;     // the first queued job of each priority of those flows
  std::vector<core::Job> interrupted;    // jobs that were running when the last daemon died
  std::vector<core::CostRecord> costs;   // as put_cost() left them, by model and device
  std::vector<core::Job> to_fetch;       // queued jobs without a recording, in order of arrival
};

class JobStore {
 public:
  virtual ~JobStore() = default;

  // --- Start-up; these block. ---

  // Disarms what was armed and tells what was running, in queue order. Constant time in the number
  // of queued jobs, but for counting those that have an owner. Throws std::runtime_error with a
  // sentence for the user when the storage fails: nothing can start without it.
  virtual StoreSummary recover() = 0;

  // --- Writes; asynchronous. ---

  // A new job, state queued. `armed`: with attempt 1 armed. `stale` when there is one of this id.
  // One that is to be fetched (core::is_to_be_fetched) is not in the queue until fetched().
  virtual void insert(core::Job job, bool armed, Done done) = 0;
  // The recording of a job that was to be fetched is here: it enters the queue at its place.
  virtual void fetched(core::JobId id, core::Audio audio, std::string name, Done done) = 0;
  // queued -> armed with attempt `attempt` (the stored attempt must be attempt - 1).
  virtual void arm(core::JobId id, int attempt, Done done) = 0;
  // armed -> running. Asked for when the engine is told, not waited for.
  virtual void started(core::JobId id, int attempt, AttemptStart start, Done done) = 0;
  // armed or running at `attempt` -> an end. `start` fills in what started() would have written.
  virtual void finish(core::JobId id, int attempt, AttemptStart start, JobEnd end, Done done) = 0;
  // armed or running at `attempt` -> queued, with the lost attempts as given (a drain adds none).
  // `count_attempt` false: the stored attempt falls back to attempt - 1 (it never started). It
  // keeps its place in the queue, and has no start and no GPU any more.
  virtual void requeue(core::JobId id, int attempt, bool count_attempt,
                       std::vector<core::LostAttempt> lost, Done done) = 0;
  // queued (to be fetched or not) or armed -> cancelled or failed. `lost` is left as it is.
  virtual void end_queued(core::JobId id, JobEnd end, Done done) = 0;
  // failed | cancelled -> queued with fresh attempts, at `queue`'s place, given to `flow`; to be
  // fetched again where there is no recording. Nobody waits for it any more.
  virtual void retry(core::JobId id, core::QueueKey queue, core::Flow flow, Done done) = 0;
  // queued or armed: another place in the queue.
  virtual void move(core::JobId id, core::QueueKey queue, Done done) = 0;
  // Nobody's waiting is its reason any more (core::Job::interactive): it stays when they leave.
  virtual void keep(core::JobId id, Done done) = 0;
  // An ended job and its transcript are forgotten.
  virtual void remove(core::JobId id, Done done) = 0;

  // A completed job's transcript as somebody corrected it. What the engine heard is kept beside it.
  // `outdated` unless the revision kept so far is `replaces` (nothing: whichever it is).
  virtual void edit_transcript(core::JobId id, core::Transcript transcript,
                               std::optional<std::int64_t> replaces, Done done) = 0;
  // A completed job has what the engine heard again, at revision 0; `ok` too when nobody had
  // corrected it.
  virtual void restore_transcript(core::JobId id, Done done) = 0;

  // An attempt at a delivery failed; the next one is due then. `not_found` when there is none.
  virtual void put_off_delivery(std::int64_t id, int attempts, core::WallTime due, Done done) = 0;
  // It has arrived, or will not be tried again.
  virtual void end_delivery(std::int64_t id, Done done) = 0;

  // What was learned of a model on a kind of device; replaces what was kept of the two.
  virtual void put_cost(core::CostRecord record, Done done) = 0;

  // --- Reads; asynchronous, callbacks on the loop thread, in no promised order. ---
  // They see every write confirmed before they were asked for. What cannot be read (an I/O error)
  // is logged, and reads as nothing.

  virtual void read(core::JobId id, std::function<void(std::optional<core::Job>)> done) = 0;
  virtual void read_transcript(core::JobId id,
                               std::function<void(std::optional<core::Transcript>)> done) = 0;
  virtual void list(ListQuery query, std::function<void(std::vector<core::Job>)> done) = 0;
  // The deliveries that are due first, without those to these hosts (core::url_host).
  virtual void read_deliveries(int limit, std::vector<std::string> but_hosts,
                               std::function<void(std::vector<Delivery>)> done) = 0;
  // The first `limit` jobs in queue order that are queued, not armed, and come after
  // `after` (nothing: from the head).
  virtual void read_queue(std::optional<core::QueueKey> after, int limit,
                          std::function<void(std::vector<core::Job>)> done) = 0;
  // How many queued jobs come before `key`.
  virtual void count_ahead(core::QueueKey key, std::function<void(std::int64_t)> done) = 0;

  // The newest job of this fingerprint that is queued, runs, or was completed at `not_before` or
  // later.
  virtual void find_same(std::string fingerprint, core::WallTime not_before,
                         std::function<void(std::optional<core::Job>)> done) = 0;

  // Which of these ids have no job: for sweeping uploads that a crash left behind.
  virtual void find_missing(std::vector<core::JobId> ids,
                            std::function<void(std::vector<core::JobId>)> done) = 0;
};

}  // namespace transcribed::ports
