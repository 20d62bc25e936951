#include "http/blocking_pool.h"

#include <boost/asio/post.hpp>

namespace transcribed::http {

BlockingPool::BlockingPool(boost::asio::io_context& loop, std::size_t max_threads)
    : loop_(loop), max_threads_(max_threads) {}

BlockingPool::~BlockingPool() { shut_down(); }

void BlockingPool::run(std::function<void()> work, std::function<void()> done) {
  std::unique_lock lock(mutex_);
  if (stopping_) {
    lock.unlock();
    work();
    return;
  }
  tasks_.push_back(
      Task{std::move(work), std::move(done), boost::asio::make_work_guard(loop_.get_executor())});
  if (tasks_.size() > idle_threads_ && threads_.size() < max_threads_) {
    threads_.emplace_back([this] { work_until_stopped(); });
  }
  lock.unlock();
  wake_.notify_one();
}

void BlockingPool::work_until_stopped() {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_threads_;
    wake_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
    --idle_threads_;
    if (tasks_.empty()) return;
    Task task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    task.work();
    // Destroyed here, on this thread: it must hold nothing of the loop's.
    task.work = nullptr;
    // Moved into the loop's queue, so that it is destroyed there.
    if (task.done) boost::asio::post(loop_, std::move(task.done));
    task.keeps_loop_running.reset();
    lock.lock();
  }
}

void BlockingPool::shut_down() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace transcribed::http
