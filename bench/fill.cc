// Puts many queued jobs straight into a daemon's database, through the store that the daemon uses:
//   fill DATABASE COUNT MODEL PATH
// A million over HTTP would take minutes that tell nothing new.
#include <condition_variable>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <string>

#include "adapters/sqlite_job_store.h"
#include "core/job_id.h"

namespace {

using namespace transcribed;

// Stands in for the loop: what is posted is run at once, by the store's thread.
struct Progress {
  std::mutex mutex;
  std::condition_variable changed;
  long confirmed = 0;
  bool failed = false;
};

constexpr long most_ahead = 20'000;

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::cerr << "usage: fill DATABASE COUNT MODEL PATH\n";
    return 2;
  }
  const long count = std::atol(argv[2]);
  Progress progress;
  auto store =
      adapters::open_sqlite_job_store(argv[1], [](const std::function<void()>& work) { work(); });
  if (!store) {
    std::cerr << store.error() << '\n';
    return 1;
  }
  const auto now = std::chrono::floor<core::Milliseconds>(std::chrono::system_clock::now());
  core::JobIdSequence ids({}, 1);
  for (long i = 0; i < count; ++i) {
    core::Job job;
    job.id = ids.next(now);
    job.queue = {0, job.id.value, job.id};
    job.model = argv[3];
    job.name = "recording-" + std::to_string(i) + ".wav";
    job.audio.path = argv[4];
    job.created_at = now;
    (*store)->insert(std::move(job), false, [&progress](ports::WriteResult result) {
      const std::lock_guard lock(progress.mutex);
      ++progress.confirmed;
      progress.failed |= result != ports::WriteResult::ok;
      progress.changed.notify_one();
    });
    std::unique_lock lock(progress.mutex);
    progress.changed.wait(lock, [&] { return i + 1 - progress.confirmed < most_ahead; });
  }
  std::unique_lock lock(progress.mutex);
  progress.changed.wait(lock, [&] { return progress.confirmed == count; });
  if (progress.failed) std::cerr << "a job could not be written\n";
  return progress.failed ? 1 : 0;
}
