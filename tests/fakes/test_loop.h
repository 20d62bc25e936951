// A loop thread for tests of what posts from background threads: the test's own thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include "ports/loop_poster.h"

namespace transcribed::fakes {

class TestLoop {
 public:
  // May outlive the loop; then what is posted is dropped.
  ports::LoopPoster poster() {
    return [queue = queue_](std::function<void()> call) {
      {
        const std::lock_guard lock(queue->mutex);
        queue->calls.push_back(std::move(call));
      }
      queue->arrived.notify_one();
    };
  }

  // Runs what is posted until `done()`. False when `limit` passes first.
  template <typename Condition>
  bool run_until(Condition done, std::chrono::seconds limit = std::chrono::seconds(30)) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (!done()) {
      std::unique_lock lock(queue_->mutex);
      if (!queue_->arrived.wait_until(lock, deadline, [&] { return !queue_->calls.empty(); })) {
        return false;
      }
      std::function<void()> call = std::move(queue_->calls.front());
      queue_->calls.pop_front();
      lock.unlock();
      call();
    }
    return true;
  }

  // Runs what has been posted already, and what that posts.
  void run_posted() {
    run_until([this] {
      const std::lock_guard lock(queue_->mutex);
      return queue_->calls.empty();
    });
  }

 private:
  struct Queue {
    std::mutex mutex;
    std::condition_variable arrived;
    std::deque<std::function<void()>> calls;
  };
  std::shared_ptr<Queue> queue_ = std::make_shared<Queue>();
};

}  // namespace transcribed::fakes
