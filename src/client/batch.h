// The files of one call and where each stands: written by the uploader and the watcher, read by the
// thread that shows them. Every member function may be called from any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "client/job_info.h"
#include "client/progress_view.h"

namespace transcribed::client {

// Something worth a line that stays.
struct BatchEvent {
  enum class Kind {
    step,        // a file's state changed, and more will follow
    end,         // done
    problem,     // failed, cancelled
    notice,      // about the server, not about a file
    id,          // a job's id, as soon as it is known
    transcript,  // for standard output; `line` is the whole text, escaped, newlines kept
  } kind = Kind::step;
  std::string line;  // escaped, without a newline
};

class Batch {
 public:
  // `names`: escaped, in the order of the call.
  explicit Batch(std::vector<std::string> names);
  ~Batch();
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  std::size_t size() const { return size_; }
  const std::string& name(std::size_t index) const { return names_[index]; }

  // --- the uploader ---
  void sending(std::size_t index, double fraction);
  void submitted(std::size_t index, const JobInfo& job);
  void uploads_over();

  // --- the watcher ---
  struct Watched {
    std::size_t index;
    std::string id;
  };
  // Those to ask about now: all that run, the first that wait, and a few of the others in turn, so
  // that a thousand files do not mean a thousand requests.
  std::vector<Watched> to_ask();
  // True when the job's state is another than before.
  bool update(std::size_t index, const JobInfo& job);
  void collecting(std::size_t index);
  // Waits for `limit`, a stop, or a submission when there was nothing to ask about. False: nothing
  // will come any more.
  bool wait_for_work(std::stop_token stop, std::chrono::milliseconds limit);

  // --- ends, for both ---
  void done(std::size_t index, const std::string& where);
  void failed(std::size_t index, const std::string& sentence);
  void cancelled(std::size_t index);
  // Everything at or after `first` that was not submitted.
  void give_up_unsent(std::size_t first, const std::string& sentence);
  // Everything that has not ended.
  void give_up(const std::string& sentence);

  // A lasting trouble (shown until cleared) and its line; the same trouble again says nothing.
  void trouble(const std::string& sentence);
  void trouble_over(const std::string& sentence);
  void transcript(const std::string& text);

  // --- the one who shows ---
  // Readable when there are events, or the view changed.
  int wake_fd() const { return wake_fd_; }
  std::vector<BatchEvent> take_events();
  // Makes wake_fd() readable.
  void wake();
  ProgressView view(std::size_t max_rows);
  PhaseCounts counts() const;
  bool all_ended() const;
  FilePhase phase(std::size_t index) const;

  struct Unfinished {
    std::size_t index;
    std::string id;  // "" when it was not submitted
    FilePhase phase;
  };
  std::vector<Unfinished> unfinished() const;
  std::size_t submitted_count() const;

 private:
  struct File {
    FilePhase phase = FilePhase::to_send;
    double fraction = 0;
    std::string id;
    std::string status;
    std::optional<int> gpu_id;
    int attempt = 0;
    std::chrono::steady_clock::time_point running_since{};
  };
  void end(std::size_t index, FilePhase phase, BatchEvent event);
  void add(BatchEvent event);
  std::string row_status(const File& file) const;

  const std::vector<std::string> names_;
  const std::size_t size_;
  int wake_fd_ = -1;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<File> files_;
  std::vector<BatchEvent> events_;
  std::string trouble_;
  std::size_t submitted_ = 0;
  std::size_t turn_ = 0;  // whose turn it is among those waiting further back
  bool uploads_over_ = false;
};

}  // namespace transcribed::client
