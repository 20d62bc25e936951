#include "worker/worker_loop.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "worker/line_reader.h"
#include "worker/line_writer.h"

namespace transcribed::worker {
namespace {

using core::Failure;
using core::FailureKind;
using Clock = std::chrono::steady_clock;

constexpr Clock::duration between_progress = std::chrono::milliseconds(200);

class RunningJob final : public JobReport {
 public:
  RunningJob(std::string id, LineWriter& writer) : id_(std::move(id)), writer_(writer) {}

  void progress(double done_s, double total_s) override {
    const Clock::time_point now = Clock::now();
    if (told_at_ && now - *told_at_ < between_progress) return;
    told_at_ = now;
    writer_.write(wire::to_line(wire::FromWorker(wire::Progress{id_, done_s, total_s})));
  }
  void segment(const core::Segment& segment) override {
    writer_.write(wire::to_line(wire::FromWorker(wire::SegmentFound{id_, segment})));
  }
  bool cancelled() const override { return cancelled_ || writer_.broken(); }
  void cancel() { cancelled_ = true; }

 private:
  std::string id_;
  LineWriter& writer_;
  std::optional<Clock::time_point> told_at_;
  std::atomic<bool> cancelled_{false};
};

// What an engine throws is its failure, not the process's end.
template <typename Call>
auto guarded(Call call) -> decltype(call()) {
  try {
    return call();
  } catch (const std::bad_alloc&) {
    return tl::unexpected(Failure{FailureKind::out_of_memory, "no memory left"});
  } catch (const std::exception& error) {
    return tl::unexpected(Failure{FailureKind::internal, error.what()});
  }
}

class Loop {
 public:
  Loop(Engine& engine, int input, int output)
      : engine_(engine), reader_(input, output, wire::max_line_bytes), writer_(output) {}

  void run() {
    while (!writer_.broken()) {
      const std::optional<std::string> line = reader_.next();
      if (!line) break;
      const auto message = wire::parse_to_worker(*line);
      if (!message) {
        fmt::print(stderr, "WARN: ignored a line that is no request: {}\n", message.error());
        continue;
      }
      if (std::holds_alternative<wire::Shutdown>(*message)) break;
      join_ended();
      std::visit([this](const auto& request) { handle(request); }, *message);
    }
    stop();
  }

  void say_last_words(const Failure& failure) {
    std::vector<std::string> jobs;
    {
      const std::lock_guard lock(mutex_);
      for (const auto& [id, job] : running_) jobs.push_back(id);
    }
    if (loading_) jobs.emplace_back();
    for (std::string& job : jobs) send(wire::JobFailed{std::move(job), failure});
  }

 private:
  void send(wire::FromWorker message) { writer_.write(wire::to_line(message)); }

  void handle(const wire::Load& load) {
    loading_ = true;
    tl::expected<wire::Ready, Failure> ready =
        loaded_ ? tl::unexpected(Failure{FailureKind::internal, "a model is loaded already"})
                : guarded([&] { return engine_.load(load); });
    loading_ = false;
    if (!ready) {
      send(wire::JobFailed{"", std::move(ready.error())});
      return;
    }
    loaded_ = true;
    slots_ = static_cast<std::size_t>(load.slots);
    send(*ready);
  }

  void handle(const wire::Transcribe& request) {
    if (!start(request)) {
      send(wire::JobFailed{
          request.job,
          {FailureKind::internal, loaded_ ? "the worker has no free slot" : "no model is loaded"}});
    }
  }

  bool start(const wire::Transcribe& request) {
    const std::lock_guard lock(mutex_);
    if (!loaded_ || running_.size() >= slots_ || running_.contains(request.job)) return false;
    auto job = std::make_shared<RunningJob>(request.job, writer_);
    running_.emplace(request.job, job);
    const int thread = next_thread_++;
    threads_.emplace(thread,
                     std::thread([this, request, job, thread] { run_job(request, *job, thread); }));
    return true;
  }

  // A cancel can cross the job's end on its way; then there is nothing to do.
  void handle(const wire::Cancel& cancel) {
    const std::lock_guard lock(mutex_);
    if (const auto found = running_.find(cancel.job); found != running_.end()) {
      found->second->cancel();
    }
  }

  void handle(const wire::Shutdown&) {}

  void run_job(const wire::Transcribe& request, RunningJob& job, int thread) {
    tl::expected<Heard, Failure> heard = guarded([&] { return engine_.transcribe(request, job); });
    {
      // Free before the daemon hears of it: the next job may come at once. From here on a cancel
      // comes too late.
      const std::lock_guard lock(mutex_);
      running_.erase(request.job);
      ended_.push_back(thread);
    }
    if (job.cancelled()) {
      send(wire::JobCancelled{request.job});
    } else if (heard) {
      send(wire::JobDone{request.job, heard->language, heard->duration_s,
                         heard->language_probability});
    } else {
      send(wire::JobFailed{request.job, std::move(heard.error())});
    }
  }

  void join_ended() {
    std::vector<std::thread> ended;
    {
      const std::lock_guard lock(mutex_);
      for (const int thread : ended_) ended.push_back(std::move(threads_.extract(thread).mapped()));
      ended_.clear();
    }
    for (std::thread& thread : ended) thread.join();
  }

  void stop() {
    {
      const std::lock_guard lock(mutex_);
      for (auto& [id, job] : running_) job->cancel();
    }
    for (auto& [number, thread] : threads_) thread.join();
  }

  Engine& engine_;
  LineReader reader_;
  LineWriter writer_;
  bool loaded_ = false;
  std::atomic<bool> loading_{false};
  std::size_t slots_ = 1;

  // Only the reading thread touches threads_, its numbers and the two above.
  std::map<int, std::thread> threads_;
  int next_thread_ = 0;

  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<RunningJob>, std::less<>> running_;
  std::vector<int> ended_;
};

std::atomic<Loop*> serving{nullptr};

}  // namespace

void serve(Engine& engine, int input, int output) {
  Loop loop(engine, input, output);
  serving = &loop;
  loop.run();
  serving = nullptr;
}

void say_last_words(const Failure& failure) noexcept {
  try {
    if (Loop* loop = serving) loop->say_last_words(failure);
  } catch (...) {
    // The process ends either way; then its death has to speak for itself.
  }
}

int run_worker(Engine& engine) {
  std::signal(SIGPIPE, SIG_IGN);
  const int output = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  if (output < 0 || ::dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
    std::perror("cannot set up standard output");
    return 1;
  }
  serve(engine, STDIN_FILENO, output);
  return 0;
}

core::Megabytes ram_taken_mb() {
  std::ifstream status("/proc/self/status");
  core::Megabytes kilobytes = 0;
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("RssAnon:") || line.starts_with("RssShmem:")) {
      kilobytes += std::strtoll(line.c_str() + line.find(':') + 1, nullptr, 10);
    }
  }
  return (kilobytes + 1023) / 1024;
}

}  // namespace transcribed::worker
