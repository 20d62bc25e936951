// What the conformance suite needs from a JobStore under test, and the suite's own vocabulary.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "ports/job_store.h"
#include "tests/fakes/test_loop.h"

namespace transcribed::conformance {

using core::JobState;
using ports::WriteResult;

// One place where jobs are kept, and stores that open it one after the other.
class StoreHarness {
 public:
  virtual ~StoreHarness() = default;
  virtual std::unique_ptr<ports::JobStore> open(ports::LoopPoster post) = 0;
  // For a store without threads: carry out what was asked for.
  virtual void work() {}
};

struct StoreKind {
  std::string name;
  std::function<std::unique_ptr<StoreHarness>()> make;

  friend std::ostream& operator<<(std::ostream& out, const StoreKind& kind) {
    return out << kind.name;
  }
};

inline core::WallTime at(std::int64_t second) {
  return core::WallTime(std::chrono::seconds(1'700'000'000 + second));
}

// A new job as a submission makes it.
inline core::Job new_job(std::uint64_t id, int priority = 0) {
  core::Job job;
  job.id = {id};
  job.queue = {priority, id, {id}};
  job.model = "medium";
  job.name = "interview.mp3";
  job.audio = {"/srv/recordings/interview.mp3", false};
  job.created_at = at(static_cast<std::int64_t>(id));
  return job;
}

inline core::Transcript some_transcript() {
  core::Transcript transcript;
  transcript.language = "en";
  transcript.language_probability = 0.875;
  transcript.duration_s = 12.5;
  core::Segment segment;
  segment.end_s = 12.5;
  segment.text = " go forward ten meters";
  segment.tokens = {1, 2, 3};
  segment.avg_logprob = -0.25;
  segment.words = {{0.5, 1.0, " go", 0.75}};
  transcript.segments.push_back(segment);
  return transcript;
}

inline ports::JobEnd completed(std::optional<core::Transcript> transcript = some_transcript()) {
  ports::JobEnd end;
  end.ended_at = at(200);
  end.transcript = std::move(transcript);
  return end;
}

inline ports::JobEnd failed(core::FailureKind kind = core::FailureKind::bad_media) {
  ports::JobEnd end;
  end.state = JobState::failed;
  end.ended_at = at(200);
  end.failure = core::Failure{kind, "no audio in it"};
  return end;
}

inline const ports::AttemptStart on_gpu_1{at(100), 1};

class JobStoreConformance : public testing::TestWithParam<StoreKind> {
 protected:
  void SetUp() override {
    harness_ = GetParam().make();
    ASSERT_NE(harness_, nullptr);
    store_ = harness_->open(loop_.poster());
    ASSERT_NE(store_, nullptr);
  }

  // As after a restart of the daemon.
  ports::StoreSummary reopen() {
    store_.reset();
    store_ = harness_->open(loop_.poster());
    return store_->recover();
  }

  ports::JobStore& store() { return *store_; }

  // Asks, and waits for the answer: wait_for<T>([&](auto done) { store().xyz(.., done); }).
  template <typename T, typename Ask>
  T wait_for(Ask ask) {
    auto answer = std::make_shared<std::optional<T>>();
    ask([answer](T value) { answer->emplace(std::move(value)); });
    harness_->work();
    EXPECT_TRUE(loop_.run_until([&] { return answer->has_value(); })) << "no callback came";
    return answer->has_value() ? std::move(**answer) : T{};
  }

  WriteResult insert(core::Job job, bool armed = false) {
    return wait_for<WriteResult>([&](auto done) { store().insert(std::move(job), armed, done); });
  }
  WriteResult arm(std::uint64_t id, int attempt) {
    return wait_for<WriteResult>([&](auto done) { store().arm({id}, attempt, done); });
  }
  WriteResult started(std::uint64_t id, int attempt) {
    return wait_for<WriteResult>(
        [&](auto done) { store().started({id}, attempt, on_gpu_1, done); });
  }
  WriteResult finish(std::uint64_t id, int attempt, ports::JobEnd end = completed()) {
    return wait_for<WriteResult>(
        [&](auto done) { store().finish({id}, attempt, on_gpu_1, std::move(end), done); });
  }
  WriteResult requeue(std::uint64_t id, int attempt, bool count,
                      std::vector<core::LostAttempt> lost = {}) {
    return wait_for<WriteResult>(
        [&](auto done) { store().requeue({id}, attempt, count, std::move(lost), done); });
  }
  WriteResult cancel_queued(std::uint64_t id) {
    ports::JobEnd end;
    end.state = JobState::cancelled;
    end.ended_at = at(150);
    return end_queued(id, std::move(end));
  }
  WriteResult end_queued(std::uint64_t id, ports::JobEnd end) {
    return wait_for<WriteResult>(
        [&](auto done) { store().end_queued({id}, std::move(end), done); });
  }
  WriteResult fetched(std::uint64_t id, core::Audio audio, std::string name = "talk.mp3") {
    return wait_for<WriteResult>(
        [&](auto done) { store().fetched({id}, std::move(audio), std::move(name), done); });
  }
  std::vector<ports::Delivery> deliveries(int limit = 100,
                                          std::vector<std::string> but_hosts = {}) {
    return wait_for<std::vector<ports::Delivery>>(
        [&](auto done) { store().read_deliveries(limit, but_hosts, done); });
  }
  WriteResult retry(std::uint64_t id, core::QueueKey queue, core::Flow flow = {}) {
    queue.id = {id};
    return wait_for<WriteResult>([&](auto done) { store().retry({id}, queue, flow, done); });
  }
  WriteResult move(std::uint64_t id, core::QueueKey queue) {
    queue.id = {id};
    return wait_for<WriteResult>([&](auto done) { store().move({id}, queue, done); });
  }
  WriteResult remove(std::uint64_t id) {
    return wait_for<WriteResult>([&](auto done) { store().remove({id}, done); });
  }
  WriteResult edit_transcript(std::uint64_t id, core::Transcript transcript,
                              std::optional<std::int64_t> replaces = std::nullopt) {
    return wait_for<WriteResult>(
        [&](auto done) { store().edit_transcript({id}, std::move(transcript), replaces, done); });
  }
  WriteResult restore_transcript(std::uint64_t id) {
    return wait_for<WriteResult>([&](auto done) { store().restore_transcript({id}, done); });
  }

  std::optional<core::Job> read(std::uint64_t id) {
    return wait_for<std::optional<core::Job>>([&](auto done) { store().read({id}, done); });
  }
  std::optional<core::Transcript> transcript(std::uint64_t id) {
    return wait_for<std::optional<core::Transcript>>(
        [&](auto done) { store().read_transcript({id}, done); });
  }
  std::vector<std::uint64_t> list(std::optional<JobState> state, int limit = 100,
                                  std::optional<std::uint64_t> before = {}) {
    ports::ListQuery query;
    query.state = state;
    query.limit = limit;
    if (before) query.before = core::JobId{*before};
    return ids(wait_for<std::vector<core::Job>>([&](auto done) { store().list(query, done); }));
  }
  std::vector<std::uint64_t> queue(int limit = 100, std::optional<core::QueueKey> after = {}) {
    return ids(wait_for<std::vector<core::Job>>(
        [&](auto done) { store().read_queue(after, limit, done); }));
  }
  std::int64_t ahead_of(core::QueueKey key) {
    return wait_for<std::int64_t>([&](auto done) { store().count_ahead(key, done); });
  }

  // A job brought to where a test begins.
  void make_armed(std::uint64_t id) { ASSERT_EQ(insert(new_job(id), true), WriteResult::ok); }
  void make_running(std::uint64_t id) {
    make_armed(id);
    ASSERT_EQ(started(id, 1), WriteResult::ok);
  }
  void make_ended(std::uint64_t id, ports::JobEnd end) {
    make_running(id);
    ASSERT_EQ(finish(id, 1, std::move(end)), WriteResult::ok);
  }

  static std::vector<std::uint64_t> ids(const std::vector<core::Job>& jobs) {
    std::vector<std::uint64_t> out;
    for (const core::Job& job : jobs) out.push_back(job.id.value);
    return out;
  }

  fakes::TestLoop loop_;
  std::unique_ptr<StoreHarness> harness_;
  std::unique_ptr<ports::JobStore> store_;
};

}  // namespace transcribed::conformance
