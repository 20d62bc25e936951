// The worker loop with an engine of our own making, over pipes.
#include "worker/worker_loop.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <condition_variable>
#include <csignal>
#include <future>
#include <map>
#include <mutex>
#include <new>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace transcribed::worker {
namespace {

using core::Failure;
using core::FailureKind;
using namespace std::chrono_literals;

// Holds every job until the test lets it go or it is cancelled.
class HeldEngine final : public Engine {
 public:
  tl::expected<wire::Ready, Failure> load(const wire::Load& load) override {
    if (load.file == "broken") return tl::unexpected(Failure{FailureKind::internal, "broken"});
    if (load.file == "huge") throw std::bad_alloc();
    if (load.file == "fatal") say_last_words({FailureKind::out_of_memory, "no memory"});
    return wire::Ready{"held", "1", 0, 1};
  }

  tl::expected<Heard, Failure> transcribe(const wire::Transcribe& request,
                                          JobReport& report) override {
    if (request.audio == "/throws") throw std::runtime_error("thrown");
    if (request.audio == "/chatty") {
      for (int i = 0; i < 1000; ++i) report.progress(i, 1000);
      return Heard{"en", 1000};
    }
    report.segment(core::Segment{});
    std::unique_lock lock(mutex_);
    while (!released_.contains(request.job) && !report.cancelled()) changed_.wait_for(lock, 5ms);
    return Heard{"en", 1};
  }

  void release(const std::string& job) {
    const std::lock_guard lock(mutex_);
    released_.insert(job);
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<std::string> released_;
};

wire::Load load_of(const std::string& file, int slots = 1) {
  return {.model = "", .file = file, .device = "cpu", .slots = slots, .threads = 1};
}

class WorkerLoopTest : public ::testing::Test {
 protected:
  WorkerLoopTest() {
    std::signal(SIGPIPE, SIG_IGN);
    if (::pipe2(in_.data(), O_CLOEXEC) != 0 || ::pipe2(out_.data(), O_CLOEXEC) != 0) std::abort();
    loop_ = std::async(std::launch::async, [this] { serve(engine_, in_[0], out_[1]); });
  }
  ~WorkerLoopTest() override {
    close_end(in_[1]);
    loop_.wait();
    for (int* end : {&in_[0], &out_[0], &out_[1]}) close_end(*end);
  }

  static void close_end(int& descriptor) {
    if (descriptor >= 0) ::close(descriptor);
    descriptor = -1;
  }

  void send_raw(const std::string& bytes) {
    ASSERT_EQ(::write(in_[1], bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  }
  void send(const wire::ToWorker& message) { send_raw(wire::to_line(message)); }
  void load(int slots = 1) {
    send(load_of("", slots));
    ASSERT_EQ(next(), wire::FromWorker(wire::Ready{"held", "1", 0, 1}));
  }
  void start(const std::string& job, const std::string& audio = "/held") {
    send(wire::Transcribe{.job = job, .attempt = 1, .audio = audio, .options = {}});
  }

  std::optional<wire::FromWorker> next() {
    while (true) {
      if (const std::size_t newline = text_.find('\n'); newline != std::string::npos) {
        auto message = wire::parse_from_worker(text_.substr(0, newline));
        text_.erase(0, newline + 1);
        if (message) return *message;
        ADD_FAILURE() << message.error();
        return std::nullopt;
      }
      pollfd wait{out_[0], POLLIN, 0};
      if (::poll(&wait, 1, 10000) <= 0) return std::nullopt;
      std::array<char, 4096> block;
      const ssize_t count = ::read(out_[0], block.data(), block.size());
      if (count <= 0) return std::nullopt;
      text_.append(block.data(), static_cast<std::size_t>(count));
    }
  }
  void expect_segment_of(const std::string& job) {
    const auto message = next();
    ASSERT_TRUE(message);
    ASSERT_TRUE(std::holds_alternative<wire::SegmentFound>(*message));
    EXPECT_EQ(std::get<wire::SegmentFound>(*message).job, job);
  }
  bool ended() { return loop_.wait_for(10s) == std::future_status::ready; }

  HeldEngine engine_;
  std::array<int, 2> in_{};
  std::array<int, 2> out_{};
  std::string text_;
  std::future<void> loop_;
};

wire::FromWorker done(const std::string& job) { return wire::JobDone{job, "en", 1}; }

TEST_F(WorkerLoopTest, AJobEndsWithDone) {
  load();
  start("a");
  expect_segment_of("a");
  engine_.release("a");
  EXPECT_EQ(next(), done("a"));
}

TEST_F(WorkerLoopTest, JobsFollowOneAnother) {
  load();
  for (int i = 0; i < 200; ++i) {
    const std::string job = std::to_string(i);
    engine_.release(job);
    start(job);
    expect_segment_of(job);
    ASSERT_EQ(next(), done(job));
  }
}

TEST_F(WorkerLoopTest, ACancelIsAcknowledged) {
  load();
  start("a");
  expect_segment_of("a");
  send(wire::Cancel{"a"});
  EXPECT_EQ(next(), wire::FromWorker(wire::JobCancelled{"a"}));
  start("b");
  expect_segment_of("b");
}

TEST_F(WorkerLoopTest, ACancelOfAnotherJobChangesNothing) {
  load();
  start("a");
  expect_segment_of("a");
  send(wire::Cancel{"b"});
  engine_.release("a");
  EXPECT_EQ(next(), done("a"));
}

TEST_F(WorkerLoopTest, AsManyJobsAtOnceAsSlots) {
  load(2);
  start("a");
  expect_segment_of("a");
  start("b");
  expect_segment_of("b");
  start("c");
  const auto refused = next();
  ASSERT_TRUE(refused);
  EXPECT_EQ(std::get<wire::JobFailed>(*refused).job, "c");
  send(wire::Cancel{"a"});
  EXPECT_EQ(next(), wire::FromWorker(wire::JobCancelled{"a"}));
  engine_.release("b");
  EXPECT_EQ(next(), done("b"));
}

TEST_F(WorkerLoopTest, AFailedLoadNamesNoJobAndCanBeTriedAgain) {
  send(load_of("broken"));
  EXPECT_EQ(next(), wire::FromWorker(wire::JobFailed{"", {FailureKind::internal, "broken"}}));
  send(load_of("huge"));
  EXPECT_EQ(next(),
            wire::FromWorker(wire::JobFailed{"", {FailureKind::out_of_memory, "no memory left"}}));
  load();
}

TEST_F(WorkerLoopTest, AJobBeforeTheLoadFails) {
  start("a");
  EXPECT_EQ(next(),
            wire::FromWorker(wire::JobFailed{"a", {FailureKind::internal, "no model is loaded"}}));
}

TEST_F(WorkerLoopTest, WhatAnEngineThrowsFailsItsJob) {
  load();
  start("a", "/throws");
  EXPECT_EQ(next(), wire::FromWorker(wire::JobFailed{"a", {FailureKind::internal, "thrown"}}));
  engine_.release("b");
  start("b");
  expect_segment_of("b");
  EXPECT_EQ(next(), done("b"));
}

TEST_F(WorkerLoopTest, ProgressIsThinnedOut) {
  load();
  start("a", "/chatty");
  int told = 0;
  auto message = next();
  for (; message && std::holds_alternative<wire::Progress>(*message); message = next()) ++told;
  EXPECT_EQ(message, wire::FromWorker(wire::JobDone{"a", "en", 1000}));
  EXPECT_GE(told, 1);
  EXPECT_LT(told, 100);
}

TEST_F(WorkerLoopTest, GarbageIsIgnored) {
  send_raw("garbage\n\n{\"type\":\"dance\"}\n\xFF\xFE\n[]\n{\"type\":\"cancel\"}\n");
  std::thread sender([this] { send_raw(std::string(3 << 20, 'x') + "\n"); });
  sender.join();
  load();
}

TEST_F(WorkerLoopTest, ShutdownEndsItAndWhatRuns) {
  load();
  start("a");
  expect_segment_of("a");
  send(wire::Shutdown{});
  EXPECT_TRUE(ended());
}

TEST_F(WorkerLoopTest, TheEndOfTheInputEndsItAndWhatRuns) {
  load();
  start("a");
  expect_segment_of("a");
  close_end(in_[1]);
  EXPECT_TRUE(ended());
}

TEST_F(WorkerLoopTest, ACutOffLineAtTheEndIsNoRequest) {
  send_raw("{\"type\":\"load\"}");
  close_end(in_[1]);
  EXPECT_TRUE(ended());
  close_end(out_[1]);
  EXPECT_EQ(next(), std::nullopt);
}

TEST_F(WorkerLoopTest, AReaderThatWentAwayEndsItThoughNothingComesIn) {
  load();
  start("a");
  expect_segment_of("a");
  close_end(out_[0]);
  EXPECT_TRUE(ended());
}

TEST_F(WorkerLoopTest, LastWordsAreSaidOfEveryJobThatRuns) {
  load(2);
  for (const char* job : {"a", "b"}) {
    start(job);
    ASSERT_TRUE(std::holds_alternative<wire::SegmentFound>(*next()));
  }
  const Failure no_memory{FailureKind::out_of_memory, "no memory"};
  say_last_words(no_memory);
  EXPECT_EQ(next(), wire::FromWorker(wire::JobFailed{"a", no_memory}));
  EXPECT_EQ(next(), wire::FromWorker(wire::JobFailed{"b", no_memory}));
}

TEST_F(WorkerLoopTest, LastWordsWhileItLoadsAreTheLoads) {
  send(load_of("fatal"));
  EXPECT_EQ(next(),
            wire::FromWorker(wire::JobFailed{"", {FailureKind::out_of_memory, "no memory"}}));
}

TEST(LastWords, OfAProcessThatServesNothingGoNowhere) {
  say_last_words({FailureKind::out_of_memory, "no memory"});
}

}  // namespace
}  // namespace transcribed::worker
