#include "adapters/sqlite_job_store.h"

#include <pthread.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <iterator>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "adapters/sqlite_reader.h"
#include "adapters/sqlite_schema.h"
#include "adapters/sqlite_write_ops.h"
#include "adapters/sqlite_writer.h"

namespace transcribed::adapters {

using ports::WriteResult;

namespace {

class SqliteJobStore final : public ports::JobStore {
 public:
  SqliteJobStore(std::string path, SqliteConnections connections, ports::LoopPoster post,
                 SqliteJobStoreOptions options)
      : path_(std::move(path)),
        post_(std::move(post)),
        max_batch_(static_cast<std::size_t>(std::max(options.max_batch, 1))),
        connections_(std::move(connections)),
        writer_(*connections_.writer, options.checkpoint_pages),
        reader_(*connections_.reader),
        write_thread_([this] { write_loop(); }),
        read_thread_([this] { read_loop(); }) {
    pthread_setname_np(write_thread_.native_handle(), "store-write");
    pthread_setname_np(read_thread_.native_handle(), "store-read");
  }

  ~SqliteJobStore() override {
    alive_.reset();
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    write_wanted_.notify_one();
    read_wanted_.notify_one();
    write_thread_.join();
    read_thread_.join();
  }

  ports::StoreSummary recover() override {
    ports::StoreSummary summary;
    run_blocking([&](SqliteWriter& writer) { summary = writer.recover(); });
    return summary;
  }

  void insert(core::Job job, bool armed, ports::Done done) override {
    write({InsertJob{std::move(job), armed}, std::move(done)});
  }
  void fetched(core::JobId id, core::Audio audio, std::string name, ports::Done done) override {
    write({JobFetched{id, std::move(audio), std::move(name)}, std::move(done)});
  }
  void arm(core::JobId id, int attempt, ports::Done done) override {
    write({ArmJob{id, attempt}, std::move(done)});
  }
  void started(core::JobId id, int attempt, ports::AttemptStart start, ports::Done done) override {
    write({JobStarted{id, attempt, start}, std::move(done)});
  }
  void finish(core::JobId id, int attempt, ports::AttemptStart start, ports::JobEnd end,
              ports::Done done) override {
    write({FinishJob{id, attempt, start, std::move(end)}, std::move(done)});
  }
  void requeue(core::JobId id, int attempt, bool count_attempt, std::vector<core::LostAttempt> lost,
               ports::Done done) override {
    write({RequeueJob{id, attempt, count_attempt, std::move(lost)}, std::move(done)});
  }
  void end_queued(core::JobId id, ports::JobEnd end, ports::Done done) override {
    write({EndQueuedJob{id, std::move(end)}, std::move(done)});
  }
  void retry(core::JobId id, core::QueueKey queue, core::Flow flow, ports::Done done) override {
    write({RetryJob{id, queue, std::move(flow)}, std::move(done)});
  }
  void move(core::JobId id, core::QueueKey queue, ports::Done done) override {
    write({MoveJob{id, queue}, std::move(done)});
  }
  void keep(core::JobId id, ports::Done done) override { write({KeepJob{id}, std::move(done)}); }
  void remove(core::JobId id, ports::Done done) override {
    write({RemoveJob{id}, std::move(done)});
  }
  void edit_transcript(core::JobId id, core::Transcript transcript,
                       std::optional<std::int64_t> replaces, ports::Done done) override {
    write({EditTranscript{id, std::move(transcript), replaces}, std::move(done)});
  }
  void restore_transcript(core::JobId id, ports::Done done) override {
    write({RestoreTranscript{id}, std::move(done)});
  }

  void put_off_delivery(std::int64_t id, int attempts, core::WallTime due,
                        ports::Done done) override {
    write({PutOffDelivery{id, attempts, due}, std::move(done)});
  }
  void end_delivery(std::int64_t id, ports::Done done) override {
    write({EndDelivery{id}, std::move(done)});
  }

  void put_cost(core::CostRecord record, ports::Done done) override {
    write({PutCost{std::move(record)}, std::move(done)});
  }

  void read(core::JobId id, std::function<void(std::optional<core::Job>)> done) override {
    enqueue_read(
        short_reads_, [id](SqliteReader& reader) { return reader.read(id); }, std::move(done));
  }
  void read_transcript(core::JobId id,
                       std::function<void(std::optional<core::Transcript>)> done) override {
    enqueue_read(
        short_reads_, [id](SqliteReader& reader) { return reader.read_transcript(id); },
        std::move(done));
  }
  void list(ports::ListQuery query, std::function<void(std::vector<core::Job>)> done) override {
    enqueue_read(
        long_reads_, [query](SqliteReader& reader) { return reader.list(query); }, std::move(done));
  }
  void read_deliveries(int limit, std::vector<std::string> but_hosts,
                       std::function<void(std::vector<ports::Delivery>)> done) override {
    enqueue_read(
        long_reads_,
        [limit, hosts = std::move(but_hosts)](SqliteReader& reader) {
          return reader.read_deliveries(limit, hosts);
        },
        std::move(done));
  }
  void read_queue(std::optional<core::QueueKey> after, int limit,
                  std::function<void(std::vector<core::Job>)> done) override {
    // The next starts wait for it.
    enqueue_read(
        short_reads_,
        [after, limit](SqliteReader& reader) { return reader.read_queue(after, limit); },
        std::move(done));
  }
  void count_ahead(core::QueueKey key, std::function<void(std::int64_t)> done) override {
    enqueue_read(
        long_reads_, [key](SqliteReader& reader) { return reader.count_ahead(key); },
        std::move(done));
  }
  void find_same(std::string fingerprint, core::WallTime not_before,
                 std::function<void(std::optional<core::Job>)> done) override {
    enqueue_read(
        short_reads_,
        [fingerprint = std::move(fingerprint), not_before](SqliteReader& reader) {
          return reader.find_same(fingerprint, not_before);
        },
        std::move(done));
  }
  void find_missing(std::vector<core::JobId> ids,
                    std::function<void(std::vector<core::JobId>)> done) override {
    enqueue_read(
        long_reads_,
        [ids = std::move(ids)](SqliteReader& reader) { return reader.find_missing(ids); },
        std::move(done));
  }

 private:
  // Reads, and gives what tells the asker. Called once.
  using ReadTask = std::function<std::function<void()>(SqliteReader&)>;
  struct Alive {};

  void write(WriteOp op) {
    bool was_empty = false;
    {
      const std::lock_guard lock(mutex_);
      was_empty = writes_.empty();
      writes_.push_back(std::move(op));
    }
    // With more than one waiting the writer is awake already.
    if (was_empty) write_wanted_.notify_one();
  }

  template <typename Work, typename Told>
  void enqueue_read(std::deque<ReadTask>& lane, Work work, Told done) {
    // `done` moves on and is never copied: what it holds belongs to the loop thread, and so must
    // its end.
    ReadTask task = [this, work = std::move(work), done = std::move(done)](
                        SqliteReader& reader) mutable -> std::function<void()> {
      decltype(work(reader)) result{};
      try {
        result = work(reader);
      } catch (const SQLite::Exception& error) {
        spdlog::error("{}", sqlite_problem(path_, error));
      }
      return [done = std::move(done), result = std::move(result)]() mutable {
        done(std::move(result));
      };
    };
    {
      const std::lock_guard lock(mutex_);
      lane.push_back(std::move(task));
    }
    read_wanted_.notify_one();
  }

  // On the writer's thread, after what is queued already. Throws std::runtime_error.
  void run_blocking(const std::function<void(SqliteWriter&)>& work) {
    std::packaged_task<void()> task([&] { work(writer_); });
    std::future<void> done = task.get_future();
    {
      const std::lock_guard lock(mutex_);
      blocking_ = std::move(task);
    }
    write_wanted_.notify_one();
    try {
      done.get();
    } catch (const SQLite::Exception& error) {
      throw std::runtime_error(sqlite_problem(path_, error));
    }
  }

  void write_loop() {
    std::vector<WriteOp> batch;
    std::unique_lock lock(mutex_);
    while (true) {
      write_wanted_.wait(lock,
                         [this] { return stopping_ || !writes_.empty() || blocking_.valid(); });
      if (!writes_.empty()) {
        const std::size_t count = std::min(writes_.size(), max_batch_);
        const auto end = writes_.begin() + static_cast<std::ptrdiff_t>(count);
        batch.assign(std::make_move_iterator(writes_.begin()), std::make_move_iterator(end));
        writes_.erase(writes_.begin(), end);
        lock.unlock();
        commit(batch);
        batch.clear();
        lock.lock();
      } else if (blocking_.valid()) {
        std::packaged_task<void()> task = std::move(blocking_);
        lock.unlock();
        task();
        lock.lock();
      } else {
        return;
      }
    }
  }

  void commit(std::vector<WriteOp>& batch) {
    std::vector<WriteResult> results = writer_.apply(batch);
    tell_of_trouble(results);
    std::vector<ports::Done> callbacks;
    callbacks.reserve(batch.size());
    for (WriteOp& op : batch) callbacks.push_back(std::move(op.done));
    post_([weak = weak_alive_, callbacks = std::move(callbacks), results = std::move(results)] {
      // Asked each time: a callback may destroy the store.
      for (std::size_t i = 0; i < callbacks.size() && !weak.expired(); ++i) {
        if (callbacks[i]) callbacks[i](results[i]);
      }
    });
    writer_.checkpoint_if_due();
  }

  // Once when it begins and once when it is over, not for every batch.
  void tell_of_trouble(const std::vector<WriteResult>& results) {
    bool failed = false;
    for (const WriteResult result : results) {
      failed = failed || ports::failed_to_write(result);
    }
    if (failed && !in_trouble_) {
      spdlog::error("Cannot write to the database {}: {}", path_, writer_.last_problem());
    } else if (!failed && in_trouble_) {
      spdlog::info("The database {} can be written again", path_);
    }
    in_trouble_ = failed;
  }

  void read_loop() {
    std::unique_lock lock(mutex_);
    while (true) {
      read_wanted_.wait(
          lock, [this] { return stopping_ || !short_reads_.empty() || !long_reads_.empty(); });
      // Nobody would hear the answers.
      if (stopping_) return;
      std::deque<ReadTask>& lane = short_reads_.empty() ? long_reads_ : short_reads_;
      ReadTask task = std::move(lane.front());
      lane.pop_front();
      lock.unlock();
      std::function<void()> tell = task(reader_);
      post_([weak = weak_alive_, tell = std::move(tell)] {
        if (!weak.expired()) tell();
      });
      lock.lock();
    }
  }

  const std::string path_;
  const ports::LoopPoster post_;
  const std::size_t max_batch_;
  // What is posted holds the weak one. Only the loop thread looks at them or lets go.
  std::shared_ptr<Alive> alive_ = std::make_shared<Alive>();
  const std::weak_ptr<Alive> weak_alive_ = alive_;

  std::mutex mutex_;  // guards the rest of this block
  std::condition_variable write_wanted_;
  std::condition_variable read_wanted_;
  std::deque<WriteOp> writes_;
  std::packaged_task<void()> blocking_;  // of run_blocking(), which waits for it
  std::deque<ReadTask> short_reads_;     // go before the long ones
  std::deque<ReadTask> long_reads_;
  bool stopping_ = false;

  SqliteConnections connections_;
  SqliteWriter writer_;      // writer thread
  bool in_trouble_ = false;  // writer thread
  SqliteReader reader_;      // reader thread
  std::thread write_thread_;
  std::thread read_thread_;
};

}  // namespace

tl::expected<std::unique_ptr<ports::JobStore>, std::string> open_sqlite_job_store(
    const std::string& path, ports::LoopPoster post, SqliteJobStoreOptions options) {
  auto connections = open_sqlite_database(path);
  if (!connections) return tl::unexpected(std::move(connections.error()));
  try {
    return std::make_unique<SqliteJobStore>(path, std::move(*connections), std::move(post),
                                            options);
  } catch (const SQLite::Exception& error) {
    return tl::unexpected(sqlite_problem(path, error));
  }
}

}  // namespace transcribed::adapters
