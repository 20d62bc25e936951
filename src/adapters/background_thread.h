// One thread for what would hold up the loop: removing large folders, scanning /proc.
#pragma once

#include <functional>
#include <optional>

#include <boost/asio/thread_pool.hpp>

namespace transcribed::adapters {

// Loop thread. The thread begins with the first piece of work: most daemons never need it.
class BackgroundThread {
 public:
  BackgroundThread() = default;
  BackgroundThread(const BackgroundThread&) = delete;
  BackgroundThread& operator=(const BackgroundThread&) = delete;
  ~BackgroundThread() { finish(); }

  // Runs `work` on the thread, in order; after finish(), at once on the caller's.
  void run(std::function<void()> work);
  // Waits for everything asked for.
  void finish();

 private:
  std::optional<boost::asio::thread_pool> thread_;
  bool finished_ = false;
};

}  // namespace transcribed::adapters
