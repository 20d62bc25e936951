// A few threads for what blocks: file writes, fsync, look-ups on network mounts. They start with
// the first task, so that a server nobody uploads to has none.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

namespace transcribed::http {

class BlockingPool {
 public:
  // `loop` must outlive the pool, or shut_down() must have been called before it ends.
  explicit BlockingPool(boost::asio::io_context& loop, std::size_t max_threads = 4);
  ~BlockingPool();
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;

  // Loop thread. `work` runs on a thread of the pool and must not throw; then `done` on the loop
  // thread, which the loop waits for. Tasks may overtake each other.
  void run(std::function<void()> work, std::function<void()> done);

  // Loop thread. Finishes every task that was asked for; their `done` is posted. From now on run()
  // does its work at once in the calling thread, and forgets `done`: nothing is left to hear it.
  void shut_down();

 private:
  struct Task {
    std::function<void()> work;
    std::function<void()> done;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> keeps_loop_running;
  };
  void work_until_stopped();

  boost::asio::io_context& loop_;
  const std::size_t max_threads_;
  std::mutex mutex_;  // guards what follows, but for threads_, which is the loop thread's
  std::condition_variable wake_;
  std::deque<Task> tasks_;
  std::size_t idle_threads_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace transcribed::http
