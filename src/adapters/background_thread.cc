#include "adapters/background_thread.h"

#include <utility>

#include <boost/asio/post.hpp>

namespace transcribed::adapters {

void BackgroundThread::run(std::function<void()> work) {
  if (finished_) return work();
  if (!thread_) thread_.emplace(1);
  boost::asio::post(*thread_, std::move(work));
}

void BackgroundThread::finish() {
  finished_ = true;
  if (thread_) thread_->join();
  thread_.reset();
}

}  // namespace transcribed::adapters
