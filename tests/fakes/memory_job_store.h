// A JobStore in memory for tests of the scheduler. It keeps to the port's contract (the conformance
// suite runs against it too), and lets a test fail writes and decide when a commit happens.
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/http_url.h"
#include "core/small_letters.h"
#include "ports/job_store.h"

namespace transcribed::fakes {

// What survives a "restart": hand the same one to the next MemoryJobStore.
struct MemoryRows {
  struct Row {
    core::Job job;
    bool armed = false;
    std::optional<core::Transcript> transcript;
    std::optional<core::Transcript> original = {};  // of one that was edited
  };
  std::map<std::uint64_t, Row> rows;
  std::uint64_t last_id = 0;
  std::map<std::pair<std::string, std::string>, core::MeasuredCost> costs;
  std::map<core::Flow, std::uint64_t> flows;
  std::map<std::int64_t, ports::Delivery> deliveries;
  std::int64_t last_delivery = 0;
};

class MemoryJobStore final : public ports::JobStore {
 public:
  explicit MemoryJobStore(MemoryRows& rows) : rows_(rows) {}

  // Carries out what was asked for, in order, callbacks included, until nothing is left.
  void commit() {
    while (!pending_.empty()) {
      auto next = std::move(pending_.front());
      pending_.pop_front();
      next();
    }
  }
  // What every write says instead of being carried out, until cleared.
  std::optional<ports::WriteResult> fail_writes_with;
  // While true read_queue() is slower than everything else, as it may be.
  bool queue_reads_wait = false;
  void let_queue_reads() {
    queue_reads_wait = false;
    std::ranges::move(std::exchange(waiting_reads_, {}), std::back_inserter(pending_));
  }

  ports::StoreSummary recover() override {
    ports::StoreSummary summary;
    for (auto& [id, row] : rows_.rows) {
      if (row.armed) {
        row.armed = false;
        --row.job.attempt;
      }
      if (row.job.state == core::JobState::queued) {
        ++summary.queued;
        if (!row.job.owner.empty()) ++summary.queued_of[row.job.owner];
      }
      if (core::is_to_be_fetched(row.job)) summary.to_fetch.push_back(row.job);
      if (row.job.state == core::JobState::running) summary.interrupted.push_back(row.job);
    }
    summary.last_id = {rows_.last_id};
    for (const auto& [flow, position] : rows_.flows) summary.flows.push_back({flow, position});
    std::map<int, std::uint64_t> heads;
    for (const auto& [id, row] : rows_.rows) {
      if (row.job.state != core::JobState::queued || core::is_to_be_fetched(row.job)) continue;
      const core::QueueKey& key = row.job.queue;
      const auto [head, is_first] = heads.emplace(key.priority, key.position);
      if (!is_first) head->second = std::min(head->second, key.position);
    }
    for (const auto& [priority, position] : heads) summary.heads.push_back({priority, position});
    for (const auto& [key, cost] : rows_.costs) {
      summary.costs.push_back({key.first, key.second, cost});
    }
    return summary;
  }

  void insert(core::Job job, bool armed, ports::Done done) override {
    write(std::move(done), [this, job = std::move(job), armed]() mutable {
      job.state = core::JobState::queued;
      if (armed) job.attempt = 1;
      used(job.id.value);
      const std::uint64_t id = job.id.value;
      if (rows_.rows.contains(id)) return ports::WriteResult::stale;
      gave_place({job.owner, job.interactive, job.queue.priority}, job.queue.position);
      rows_.rows[id] = {std::move(job), armed, {}};
      return ports::WriteResult::ok;
    });
  }
  void fetched(core::JobId id, core::Audio audio, std::string name, ports::Done done) override {
    change(id, std::move(done), [audio = std::move(audio), name = std::move(name)](auto& row) {
      if (!core::is_to_be_fetched(row.job)) return false;
      row.job.audio = audio;
      row.job.name = name;
      return true;
    });
  }
  void arm(core::JobId id, int attempt, ports::Done done) override {
    change(id, std::move(done), [attempt](auto& row) {
      if (row.job.state != core::JobState::queued || row.armed || row.job.attempt != attempt - 1 ||
          core::is_to_be_fetched(row.job)) {
        return false;
      }
      row.armed = true;
      row.job.attempt = attempt;
      return true;
    });
  }
  void started(core::JobId id, int attempt, ports::AttemptStart start, ports::Done done) override {
    change(id, std::move(done), [attempt, start](auto& row) {
      if (!row.armed || row.job.attempt != attempt) return false;
      row.armed = false;
      row.job.state = core::JobState::running;
      begin(row, start);
      return true;
    });
  }
  void finish(core::JobId id, int attempt, ports::AttemptStart start, ports::JobEnd end,
              ports::Done done) override {
    change(id, std::move(done), [this, attempt, start, end = std::move(end)](auto& row) {
      if (!in_attempt(row, attempt)) return false;
      row.armed = false;
      begin(row, start);
      row.job.state = end.state;
      row.job.ended_at = end.ended_at;
      row.job.failure = end.failure;
      row.job.lost = end.lost;
      if (end.transcript) {
        row.transcript = end.transcript;
        row.job.language = end.transcript->language;
        if (end.transcript->duration_s > 0) row.job.audio_seconds = end.transcript->duration_s;
      }
      put_webhooks(end);
      return true;
    });
  }
  void requeue(core::JobId id, int attempt, bool count_attempt, std::vector<core::LostAttempt> lost,
               ports::Done done) override {
    change(id, std::move(done), [attempt, count_attempt, lost = std::move(lost)](auto& row) {
      if (!in_attempt(row, attempt)) return false;
      row.armed = false;
      row.job.state = core::JobState::queued;
      row.job.attempt = count_attempt ? attempt : attempt - 1;
      row.job.started_at.reset();
      row.job.gpu_id.reset();
      row.job.lost = lost;
      return true;
    });
  }
  void end_queued(core::JobId id, ports::JobEnd end, ports::Done done) override {
    change(id, std::move(done), [this, end = std::move(end)](auto& row) {
      if (row.job.state != core::JobState::queued) return false;
      if (row.armed) --row.job.attempt;
      row.armed = false;
      row.job.state = end.state;
      row.job.ended_at = end.ended_at;
      row.job.failure = end.failure;
      put_webhooks(end);
      return true;
    });
  }
  void move(core::JobId id, core::QueueKey queue, ports::Done done) override {
    change(id, std::move(done), [queue](auto& row) {
      if (row.job.state != core::JobState::queued) return false;
      row.job.queue = queue;
      return true;
    });
  }
  void retry(core::JobId id, core::QueueKey queue, core::Flow flow, ports::Done done) override {
    change(id, std::move(done), [this, queue, flow = std::move(flow)](auto& row) {
      if (row.job.state != core::JobState::failed && row.job.state != core::JobState::cancelled)
        return false;
      gave_place(flow, queue.position);
      row.job.state = core::JobState::queued;
      row.job.interactive = false;
      row.job.queue = queue;
      row.job.started_at.reset();
      row.job.ended_at.reset();
      row.job.gpu_id.reset();
      row.job.failure.reset();
      row.job.lost.clear();
      return true;
    });
  }
  void keep(core::JobId id, ports::Done done) override {
    change(id, std::move(done), [](auto& row) {
      row.job.interactive = false;
      return true;
    });
  }
  void remove(core::JobId id, ports::Done done) override {
    write(std::move(done), [this, id] {
      const auto at = rows_.rows.find(id.value);
      if (at == rows_.rows.end()) return ports::WriteResult::not_found;
      if (!core::has_ended(at->second.job.state)) return ports::WriteResult::stale;
      rows_.rows.erase(at);
      return ports::WriteResult::ok;
    });
  }

  void edit_transcript(core::JobId id, core::Transcript transcript,
                       std::optional<std::int64_t> replaces, ports::Done done) override {
    write(std::move(done), [this, id, transcript = std::move(transcript), replaces]() mutable {
      const auto at = rows_.rows.find(id.value);
      if (at == rows_.rows.end()) return ports::WriteResult::not_found;
      auto& row = at->second;
      if (row.job.state != core::JobState::completed || !row.transcript) {
        return ports::WriteResult::stale;
      }
      if (replaces && *replaces != row.transcript->revision) return ports::WriteResult::outdated;
      if (!row.original) row.original = row.transcript;
      row.transcript = std::move(transcript);
      row.transcript->edited = true;
      return ports::WriteResult::ok;
    });
  }
  void restore_transcript(core::JobId id, ports::Done done) override {
    change(id, std::move(done), [](auto& row) {
      if (row.job.state != core::JobState::completed) return false;
      if (row.original) row.transcript = std::exchange(row.original, std::nullopt);
      return true;
    });
  }

  void put_off_delivery(std::int64_t id, int attempts, core::WallTime due,
                        ports::Done done) override {
    write(std::move(done), [this, id, attempts, due] {
      const auto at = rows_.deliveries.find(id);
      if (at == rows_.deliveries.end()) return ports::WriteResult::not_found;
      at->second.attempts = attempts;
      at->second.due = due;
      return ports::WriteResult::ok;
    });
  }
  void end_delivery(std::int64_t id, ports::Done done) override {
    write(std::move(done), [this, id] {
      return rows_.deliveries.erase(id) > 0 ? ports::WriteResult::ok
                                            : ports::WriteResult::not_found;
    });
  }

  void put_cost(core::CostRecord record, ports::Done done) override {
    write(std::move(done), [this, record = std::move(record)] {
      rows_.costs[{record.model, record.device}] = record.cost;
      return ports::WriteResult::ok;
    });
  }

  void read(core::JobId id, std::function<void(std::optional<core::Job>)> done) override {
    pending_.push_back([this, id, done = std::move(done)] {
      const auto at = rows_.rows.find(id.value);
      done(at == rows_.rows.end() ? std::nullopt : std::optional(shown(at->second)));
    });
  }
  void read_transcript(core::JobId id,
                       std::function<void(std::optional<core::Transcript>)> done) override {
    pending_.push_back([this, id, done = std::move(done)] {
      const auto at = rows_.rows.find(id.value);
      done(at == rows_.rows.end() ? std::nullopt : at->second.transcript);
    });
  }
  void list(ports::ListQuery query, std::function<void(std::vector<core::Job>)> done) override {
    pending_.push_back([this, query, done = std::move(done)] {
      std::vector<core::Job> out;
      for (auto at = rows_.rows.rbegin();
           at != rows_.rows.rend() && static_cast<int>(out.size()) < query.limit; ++at) {
        if (query.before && at->first >= query.before->value) continue;
        if (query.state && at->second.job.state != *query.state) continue;
        if (query.model && at->second.job.model != *query.model) continue;
        if (core::in_small_letters(at->second.job.name)
                .find(core::in_small_letters(query.search)) == std::string::npos) {
          continue;
        }
        out.push_back(shown(at->second));
      }
      done(std::move(out));
    });
  }
  void read_deliveries(int limit, std::vector<std::string> but_hosts,
                       std::function<void(std::vector<ports::Delivery>)> done) override {
    pending_.push_back([this, limit, hosts = std::move(but_hosts), done = std::move(done)] {
      std::vector<ports::Delivery> out;
      for (const auto& [id, delivery] : rows_.deliveries) {
        const std::string host(core::url_host(delivery.webhook.url));
        if (std::ranges::find(hosts, host) == hosts.end()) out.push_back(delivery);
      }
      std::ranges::stable_sort(out, {}, &ports::Delivery::due);
      if (static_cast<int>(out.size()) > limit) out.resize(static_cast<std::size_t>(limit));
      done(std::move(out));
    });
  }
  void read_queue(std::optional<core::QueueKey> after, int limit,
                  std::function<void(std::vector<core::Job>)> done) override {
    auto& line = queue_reads_wait ? waiting_reads_ : pending_;
    line.push_back([this, after, limit, done = std::move(done)] {
      std::vector<core::Job> out;
      for (const auto& [id, row] : rows_.rows) {
        if (row.job.state == core::JobState::queued && !row.armed &&
            !core::is_to_be_fetched(row.job) && (!after || *after < row.job.queue)) {
          out.push_back(row.job);
        }
      }
      std::ranges::sort(out, {}, &core::Job::queue);
      if (static_cast<int>(out.size()) > limit) out.resize(static_cast<std::size_t>(limit));
      done(std::move(out));
    });
  }
  void count_ahead(core::QueueKey key, std::function<void(std::int64_t)> done) override {
    pending_.push_back([this, key, done = std::move(done)] {
      done(std::ranges::count_if(rows_.rows, [&](const auto& entry) {
        const core::Job& job = entry.second.job;
        return job.state == core::JobState::queued && !core::is_to_be_fetched(job) &&
               job.queue < key;
      }));
    });
  }
  void find_same(std::string fingerprint, core::WallTime not_before,
                 std::function<void(std::optional<core::Job>)> done) override {
    pending_.push_back([this, fingerprint = std::move(fingerprint), not_before,
                        done = std::move(done)] {
      for (auto at = rows_.rows.rbegin(); at != rows_.rows.rend(); ++at) {
        const core::Job& job = at->second.job;
        const bool serves = !core::has_ended(job.state) ||
                            (job.state == core::JobState::completed && job.ended_at >= not_before);
        if (job.fingerprint == fingerprint && serves) return done(shown(at->second));
      }
      done(std::nullopt);
    });
  }
  void find_missing(std::vector<core::JobId> ids,
                    std::function<void(std::vector<core::JobId>)> done) override {
    pending_.push_back([this, ids = std::move(ids), done = std::move(done)]() mutable {
      std::erase_if(ids, [this](core::JobId id) { return rows_.rows.contains(id.value); });
      done(std::move(ids));
    });
  }

 private:
  static bool in_attempt(const MemoryRows::Row& row, int attempt) {
    return (row.armed || row.job.state == core::JobState::running) && row.job.attempt == attempt;
  }
  static void begin(MemoryRows::Row& row, ports::AttemptStart start) {
    row.job.started_at = start.started_at;
    row.job.gpu_id = start.gpu_id;
  }
  // An armed attempt has not begun.
  static core::Job shown(const MemoryRows::Row& row) {
    core::Job job = row.job;
    if (row.armed) --job.attempt;
    return job;
  }
  void put_webhooks(const ports::JobEnd& end) {
    for (const ports::Webhook& one : end.webhooks) {
      const std::int64_t id = ++rows_.last_delivery;
      rows_.deliveries[id] = {id, one, 0, end.ended_at};
    }
  }
  void used(std::uint64_t id) { rows_.last_id = std::max(rows_.last_id, id); }
  void gave_place(const core::Flow& flow, std::uint64_t position) {
    std::uint64_t& tail = rows_.flows[flow];
    tail = std::max(tail, position);
  }

  template <typename Act>
  void write(ports::Done done, Act act) {
    pending_.push_back([this, done = std::move(done), act = std::move(act)]() mutable {
      done(fail_writes_with ? *fail_writes_with : act());
    });
  }
  template <typename Change>
  void change(core::JobId id, ports::Done done, Change change) {
    write(std::move(done), [this, id, change = std::move(change)]() mutable {
      const auto at = rows_.rows.find(id.value);
      if (at == rows_.rows.end()) return ports::WriteResult::not_found;
      return change(at->second) ? ports::WriteResult::ok : ports::WriteResult::stale;
    });
  }

  MemoryRows& rows_;
  std::deque<std::function<void()>> pending_;
  std::deque<std::function<void()>> waiting_reads_;
};

}  // namespace transcribed::fakes
